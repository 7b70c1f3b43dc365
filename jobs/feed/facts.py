"""What the user's options say of a feed: symbol, expiry and time where it lacks them."""

from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.column_map import ColumnMap
from pgstrike.jobs.feed.moments import read_day, read_time
from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.feed_kinds import NO_KINDS, Kinds

OPTIONS = {
    "symbol": "--symbol NIFTY",
    "expiry": "--expiry 2026-04-28",
    "read_at": "--read-at 2026-04-21T12:00+05:30",
}
NAMES = {"symbol": "the symbol", "expiry": "the expiry", "read_at": "the time"}


class Facts(NamedTuple):
    """Symbol, expiry and time of what does not say them, as QUOTE has them, and the map.

    `kinds` is what the options say of volume and OI; it overrides the map.
    """

    symbol: str | None = None
    expiry: int | None = None
    read_at: int | None = None
    map: ColumnMap | None = None
    kinds: Kinds = NO_KINDS

    def kinds_of(self, format_says: Kinds) -> Kinds:
        """What is known of volume and OI, where the feed's format says this."""
        by_map = self.map.kinds if self.map else NO_KINDS
        return self.kinds.or_else(by_map).or_else(format_says)

    def of_file(self, path: str) -> "Facts":
        """What is known of a file. Its path goes before the options: it differs by file."""
        named = self.map.name if self.map else None
        found = named and named.pattern.search(path.replace("\\", "/"))
        if not (self.map and named and found):
            return self
        try:
            said = found.groupdict()
            parts = [said[name] for name in ("date", "time") if said.get(name)]
            parts += [named.clock] if parts and named.clock else []
            return self._replace(
                symbol=said.get("symbol") or self.symbol or self.map.symbol,
                expiry=read_day(said["expiry"], named.expiry)
                if said.get("expiry")
                else self.expiry,
                read_at=read_time(" ".join(parts), self.map.zone, named.time)
                if parts
                else self.read_at,
            )
        except BadRow as bad:
            raise FeedError(f"by the [name] of the map: {bad.detail}") from bad

    def demand(self, what: str, *names: str) -> None:
        """Raise FeedError where one of these is missing; it names the options to use."""
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            *most, last = (NAMES[name] for name in missing)
            said = " and ".join(filter(None, [", ".join(most), last]))
            give = " ".join(OPTIONS[name] for name in missing)
            raise FeedError(f"{what} does not say {said}; give {give}")


NO_FACTS = Facts()


def time_option(text: str) -> int:
    """An instant that a user gives, with its zone."""
    try:
        if "+" not in text and "-" not in text[10:] and not text.upper().endswith("Z"):
            raise BadRow("malformed", "a time without zone")
        return read_time(text, IST)
    except BadRow:
        raise FeedError(
            f"{text} is no time; give one with its zone, such as 2026-04-21T12:00+05:30"
        ) from None


def day_option(text: str) -> int:
    """A day that a user gives."""
    try:
        return read_day(text, "%Y-%m-%d")
    except BadRow:
        raise FeedError(f"{text} is no date; give one such as 2026-04-28") from None
