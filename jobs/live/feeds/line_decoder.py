"""Lines of a queue or socket as snapshots: quotes, legs, and ticks of one contract.

A tick is {"symbol", "tradingsymbol", "price", "oi", "is_mock"}, with Kite's trading symbols.
Any other line is a quote of docs/ndjson.md.
"""

import calendar
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from time import monotonic
from typing import Any

import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import BadRow, Parsed, SymbolCodes, finished
from pgstrike.jobs.feed.figures import figure, first, whole
from pgstrike.jobs.feed.kite import LEGS, OPTION, SPOTS, expiry_of
from pgstrike.jobs.feed.merge import STATE, snapshot
from pgstrike.jobs.feed.ndjson import decoded, iso_time, parse_lines, quote_line, record
from pgstrike.jobs.feed.newest import Rows
from pgstrike.jobs.feed.times import calendar_day, days
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.quote import QUOTE, QuoteBatch, Reject

logger = logging.getLogger(__name__)

TICK = b'"tradingsymbol"'
OPTIONS = ("expiries", "legs")
SAY_SECONDS = 60.0
MOCK = BadRow("is_mock", "the message says is_mock; connect the publisher to a market")
MONTH_NAMES = [calendar.month_abbr[n].upper() for n in range(13)]


class LineDecoder:
    """Turns lines into batches; legs keep their figures from one batch to the next."""

    def __init__(self, asked: Asked, now: Callable[[], float] = monotonic) -> None:
        self.expiries = expiries_of(asked)
        self.has_legs = is_on(asked, "legs")
        self._name = asked.name
        self._now = now
        self._codes = SymbolCodes()
        self._spots: dict[str, object] = {}
        self._before: dict[str, Rows] = {}
        self._say_at: dict[str, float] = {}  # by reason

    def batch(self, read_at: int, lines: Sequence[bytes]) -> QuoteBatch:
        """The quotes of these lines as they are; legs and ticks as one snapshot a symbol."""
        lines = [line for line in lines if line.strip()]
        quotes = parse_lines(self._codes, [line for line in lines if TICK not in line])
        ticks = self._ticks(read_at, [line for line in lines if TICK in line])
        legs, whole_rows = [ticks.rows], quotes.rows
        if self.has_legs:
            legs, whole_rows = [ticks.rows, quotes.rows], quotes.rows[:0]
        merged = self._merged(np.concatenate(legs))
        names = tuple(self._codes)
        rows = np.concatenate([whole_rows, merged])
        texts = [] if self.has_legs else quotes.lines
        texts += [quote_line(row, names[row["symbol"]]).encode() for row in merged]
        rejects = [*quotes.rejects, *ticks.rejects]
        self._say(rejects)
        return finished(Parsed(rows, texts, rejects), self._codes)

    def _ticks(self, read_at: int, lines: Sequence[bytes]) -> Parsed:
        records: list[tuple[float, ...]] = []
        rejects: list[Reject] = []
        for line in lines:
            tick: Mapping[str, Any] = {}
            try:
                tick = decoded(line)
                if quote := self._quote(read_at, tick):
                    records.append(record(quote, self._codes))
            except BadRow as bad:
                rejects.append(bad.reject(line, tick.get("symbol")))
        return Parsed(np.array(records, QUOTE), [], rejects)

    def _quote(self, read_at: int, tick: Mapping[str, Any]) -> dict[str, Any] | None:
        """A tick as a quote of one leg; None where it is of the underlying, or of no option."""
        if is_true(tick.get("is_mock")):
            raise MOCK
        name = str(tick["tradingsymbol"]).strip().upper()
        price = figure(first(tick.get("price"), tick.get("last_price")))
        found = OPTION.fullmatch(name)
        if found is None:
            plain = name.rpartition(":")[2]
            symbol = SPOTS.get(plain, plain)
            if symbol == str(tick.get("symbol", symbol)).upper():
                self._spots[symbol] = price
            return None
        symbol = found["symbol"]
        return {
            "quote_time": iso_time(read_at),
            "symbol": symbol,
            "expiry": calendar_day(self._expiry(name, tick)).isoformat(),
            "strike": figure(found["strike"]),
            "underlying": self._spots.get(symbol),
            LEGS[found["side"]]: {
                "ltp": price,
                "oi": whole(tick.get("oi")),
                "volume": whole(tick.get("volume")),
            },
        }

    def _expiry(self, name: str, tick: Mapping[str, Any]) -> int:
        """By the tick or its weekly name; a monthly name is the month's last known expiry."""
        found = OPTION.fullmatch(name)
        assert found is not None
        day = expiry_of(tick, found)
        if day is not None:
            return day
        if found["name"] in MONTH_NAMES[1:]:
            month = 2000 + int(found["year"]), MONTH_NAMES.index(found["name"])
            known = [each for each in self.expiries if (each.year, each.month) == month]
            if known:
                return days(max(known))
        raise BadRow(
            "malformed",
            f"{name} names a month and no day; give the feed the option "
            "expiries=YYYY-MM-DD,...",
        )

    def _merged(self, rows: Rows) -> Rows:
        found = [np.empty(0, QUOTE)]
        for code in np.unique(rows["symbol"]).tolist():
            symbol = tuple(self._codes)[code]
            before = self._before.get(symbol, np.empty(0, STATE))
            snap, self._before[symbol] = snapshot(rows[rows["symbol"] == code], before)
            snap["symbol"] = code
            found.append(snap)
        return np.concatenate(found)

    def _say(self, rejects: Sequence[Reject]) -> None:
        """Once a minute for each reason, in the words of the first message."""
        for reason, count in Counter(each.reason for each in rejects).items():
            if self._now() >= self._say_at.get(reason, 0.0):
                self._say_at[reason] = self._now() + SAY_SECONDS
                detail = next(each.detail for each in rejects if each.reason == reason)
                logger.warning("feed %s: %s messages: %s", self._name, count, detail)


def expiries_of(asked: Asked) -> list[date]:
    """The option `expiries`: the days that monthly names mean."""
    try:
        text = asked.options.get("expiries", "")
        return [date.fromisoformat(each.strip()) for each in text.split(",") if each]
    except ValueError:
        raise FeedError(
            f"feed {asked.name}: expiries is {text[:80]!r}; give days such as 2025-09-30, "
            "separated by commas"
        ) from None


def is_on(asked: Asked, name: str) -> bool:
    text = asked.options.get(name, "no")
    if text not in ("yes", "no"):
        raise FeedError(f"feed {asked.name}: {name} is {text[:80]!r}; give yes or no")
    return text == "yes"


def is_true(value: object) -> bool:
    """Also as the text of a queue that has texts only."""
    return value not in (None, False, 0, "", "0", "false", "False")
