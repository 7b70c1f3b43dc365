"""Which contracts of a broker's list a feed asks for: near expiries, strikes near the money."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.instrument_list import Option, options_of
from pgstrike.jobs.feed.times import DAY, IST_OFFSET, SECOND, calendar_day, days
from pgstrike.jobs.live.plugin import Asked, Contract, Frame

NEAR_MONEY = re.compile(r"atm:([0-9]{1,4})")
# Brokers write the day's list before this time of the day in IST.
RENEWED_AT = (8 * 60 + 30) * 60 * SECOND


Reader = Callable[[bytes, frozenset[str]], list[Option]]


class Choice(NamedTuple):
    """The nearest `expiries`; `side` strikes on each side of the money, None for all."""

    expiries: int = 2
    side: int | None = 30


class DailyList(NamedTuple):
    """The options of a list, by symbol; when it was fetched, and when the next one is out."""

    options: Mapping[str, Sequence[Option]]
    since: int
    until: int

    def is_current(self, read_at: int) -> bool:
        """By the time of a frame and not the clock's: a replay is of another day."""
        return self.since <= read_at < self.until

    def check_current(self, read_at: int) -> None:
        """Raise FeedError where the connection is to end, as the next list is out."""
        if read_at >= self.until:
            raise FeedError(
                "the next day's list of instruments is out; connecting anew"
            )


# The newest list of each broker and symbols: one lasts for all connections of a day.
KEPT: dict[tuple[str, ...], DailyList] = {}


class Lists:
    """A broker's lists of some symbols; `read` gives the options in one."""

    def __init__(
        self, broker: str, symbols: Sequence[str], read: Reader = options_of
    ) -> None:
        self._key = (broker, *symbols)
        self._symbols = symbols
        self._read = read

    def newest(self) -> DailyList | None:
        return KEPT.get(self._key)

    async def take(self, frame: Frame) -> DailyList:
        """The list that was just fetched. It is read in a thread, since it is long."""
        read = asyncio.to_thread(self._read, frame.data, frozenset(self._symbols))
        options: dict[str, list[Option]] = {symbol: [] for symbol in self._symbols}
        for option in await read:
            options[option.listed.symbol].append(option)
        absent = [symbol for symbol in self._symbols if not options[symbol]]
        if absent:
            raise FeedError(
                f"there are no options of {', '.join(absent)} in today's list"
            )
        until = next_renewal(frame.read_at)
        KEPT[self._key] = DailyList(options, frame.read_at, until)
        return KEPT[self._key]


def choice_of(asked: Asked, *others: str) -> Choice:
    """What the options of a feed say; FeedError where they cannot be used.

    `others` are options of the feed that are not about its contracts.
    """
    asked.check_options(*others, "expiries", "strikes")
    expiries = asked.options.get("expiries", "2")
    if (
        not (expiries.isascii() and expiries.isdecimal())
        or not 1 <= int(expiries) <= 100
    ):
        raise FeedError(f"expiries is {expiries!r}; give a number such as 2")
    strikes = asked.options.get("strikes", "atm:30")
    near = NEAR_MONEY.fullmatch(strikes)
    if strikes != "all" and not near:
        raise FeedError(f"strikes is {strikes!r}; give all, or atm:30 for 30 each side")
    return Choice(int(expiries), int(near[1]) if near else None)


def next_renewal(read_at: int) -> int:
    """When the list that is current then is replaced by the next one."""
    shift = IST_OFFSET - RENEWED_AT
    return ((read_at + shift) // DAY + 1) * DAY - shift


def today(read_at: int) -> int:
    """The day in India, as an expiry counts it."""
    return (read_at + IST_OFFSET) // DAY


def chosen(
    of: DailyList, choice: Choice, read_at: int, spots: Mapping[str, float]
) -> list[Option]:
    """The options that are subscribed; FeedError where the money's place is not known."""
    first = calendar_day(today(read_at))
    found: list[Option] = []
    for symbol, options in of.options.items():
        live = sorted({o.listed.expiry for o in options if o.listed.expiry >= first})
        if choice.side is not None and symbol not in spots:
            raise FeedError(
                f"the price of {symbol} is not known, so neither are the strikes near it; "
                "set the option strikes=all"
            )
        for expiry in live[: choice.expiries]:
            ladder = [option for option in options if option.listed.expiry == expiry]
            found += near(ladder, choice.side, spots.get(symbol))
    return found


def near(
    ladder: Sequence[Option], side: int | None, spot: float | None
) -> Iterator[Option]:
    """The options of the strikes on each side of the one that is nearest to the money."""
    if side is None or spot is None:
        yield from ladder
        return
    strikes = sorted({option.listed.strike for option in ladder})
    middle = min(range(len(strikes)), key=lambda place: abs(strikes[place] - spot))
    kept = {*strikes[max(middle - side, 0) : middle + side + 1]}
    yield from (option for option in ladder if option.listed.strike in kept)


def contract_of(option: Option) -> Contract:
    listed = option.listed
    return Contract(
        option.key,
        listed.symbol,
        option.leg,
        days(listed.expiry),
        listed.strike,
        listed.lot,
    )


def check_count(contracts: Sized, most: int, source: str) -> None:
    """Refuse more contracts than a source allows."""
    if len(contracts) > most:
        raise FeedError(
            f"{len(contracts):,} contracts are chosen, and {source} allows {most:,}; "
            "set fewer symbols, expiries=1 or strikes=atm:20"
        )
