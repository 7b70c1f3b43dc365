"""Random mutations: batches of quotes and plain events, kept, or rolled back on purpose.

Each is drawn from the round's seed and its own number. What it leaves can be told from every
other's: quotes by their time, which nobody else has, and events by their tag.
"""

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from pgstrike.jobs.quote import QuoteBatch, unknown_quotes
from tests.support.live_market import ORIGIN, microseconds

SYMBOLS = ("NIFTY", "BANKNIFTY", "FINNIFTY")
EXPIRIES = (date(2025, 9, 2), date(2025, 9, 9), date(2025, 9, 30))
STRIKES = tuple(24_400.0 + 50 * step for step in range(7))
# The first expiry dies between the two days, so that what is front becomes another.
DAYS = (datetime(2025, 9, 2, 4, 0, tzinfo=UTC), datetime(2025, 9, 3, 4, 0, tzinfo=UTC))
HOURS = 5.5
TOPICS = ("ops", "task", "metrics", "rollup")
KINDS = {
    "quotes": 45,
    "late": 6,
    "quotes_and_events": 6,
    "event": 22,
    "events": 10,
    "quotes_undone": 3,
    "events_undone": 6,
    "refresh": 2,
}
TEXTS = ("", "plain", 'quoted "so"', "भारत ₹ €", "line\u2028separator", "two\\nlines")


class Mutation(NamedTuple):
    """The number'th of so many, of a kind."""

    seed: str
    number: int
    of: int
    kind: str

    @property
    def is_kept(self) -> bool:
        return not self.kind.endswith("_undone")

    @property
    def has_quotes(self) -> bool:
        return self.kind.startswith(("quotes", "late"))

    @property
    def has_events(self) -> bool:
        return "event" in self.kind

    def tag(self) -> str:
        return f"{self.seed}/{self.number}"

    def chance(self, part: str) -> random.Random:
        return random.Random(f"{self.tag()}/{part}")

    def time(self) -> datetime:
        """When its quotes were made; some come late."""
        place = self.number
        if self.kind == "late":
            place = max(0, place - self.chance("late").randrange(1, 60))
        day, share = divmod(2 * place / self.of, 1)
        time = DAYS[int(day)] + timedelta(hours=HOURS * share)
        return time.replace(microsecond=0) + timedelta(microseconds=self.number)


class Line(NamedTuple):
    """An event that is appended as it is."""

    topic: str
    symbol: str | None
    expiry: str | None
    body: str


def draw(seed: int, count: int) -> list[Mutation]:
    chance = random.Random(f"{seed}/mutations")
    kinds = chance.choices([*KINDS], [*KINDS.values()], k=count)
    return [Mutation(str(seed), place, count, kind) for place, kind in enumerate(kinds)]


def quotes(mutation: Mutation) -> QuoteBatch:
    """One snapshot of some strikes of some expiries of some symbols."""
    chance = mutation.chance("quotes")
    time = mutation.time()
    living = EXPIRIES if time.date() == DAYS[0].date() else EXPIRIES[1:]
    contracts = [
        (symbol, expiry, strike)
        for symbol in sorted(chance.sample(range(len(SYMBOLS)), chance.randint(1, 3)))
        for expiry in sorted(chance.sample(living, chance.randint(1, len(living))))
        for strike in sorted(chance.sample(STRIKES, chance.randint(1, len(STRIKES))))
    ]
    rows = unknown_quotes(len(contracts))
    rows["quote_time"] = microseconds(time)
    rows["symbol"] = [symbol for symbol, _, _ in contracts]
    rows["expiry"] = [(expiry - ORIGIN.date()).days for _, expiry, _ in contracts]
    rows["strike"] = [strike for _, _, strike in contracts]
    underlyings = [chance.uniform(24_380, 24_720) for _ in SYMBOLS]
    rows["underlying"] = [underlyings[symbol] for symbol, _, _ in contracts]
    fill(rows, np.random.default_rng(chance.getrandbits(32)), mutation.number)
    return QuoteBatch(rows, SYMBOLS, [""] * len(rows), [])


def fill(
    rows: "np.ndarray[tuple[int], np.dtype[np.void]]",
    spread: np.random.Generator,
    number: int,
) -> None:
    """Figures without a meaning; of some nothing is known, and some volumes fall."""
    for leg in ("call", "put"):
        price = spread.integers(4, 4000, len(rows)) / 4
        rows[f"{leg}_ltp"] = np.where(spread.random(len(rows)) < 0.1, np.nan, price)
        rows[f"{leg}_bid"], rows[f"{leg}_ask"] = price - 0.25, price + 0.25
        fed = spread.random(len(rows))
        rows[f"{leg}_iv"] = np.where(fed < 0.3, np.nan, fed / 3)
        rows[f"{leg}_oi"] = spread.integers(0, 10**6, len(rows)) * 75
        rows[f"{leg}_volume"] = number * 1000 + spread.integers(0, 1500, len(rows))


def events(mutation: Mutation) -> list[list[Line]]:
    """Events by calls of ops.append_events, which are one transaction together."""
    chance = mutation.chance("events")
    calls = [1] if mutation.kind == "event" else [1, 2, chance.randint(3, 12)]
    numbers = iter(range(sum(calls)))
    return [
        [line(chance, f"{mutation.tag()}/{next(numbers)}") for _ in range(size)]
        for size in calls
    ]


def line(chance: random.Random, tag: str) -> Line:
    topic = chance.choice(TOPICS)
    symbol = chance.choice([None, *SYMBOLS])
    expiry = chance.choice([None, *map(str, EXPIRIES)]) if symbol else None
    text = chance.choice(TEXTS) + "x" * chance.choice([0, 0, 40, 400, 4000])
    about = {"topic": topic, "symbol": symbol, "expiry": expiry, "tag": tag}
    body = json.dumps({**about, "text": text}, ensure_ascii=chance.random() < 0.5)
    # Between its parts JSON may have line ends, of which an event stream makes lines.
    ending = chance.choice([",", ", ", ",\n  "])
    return Line(topic, symbol, expiry, body.replace(', "text"', f'{ending}"text"'))
