"""What subscribers ask for: random filters, and which events pass them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from tests.soak.mutations import EXPIRIES, SYMBOLS
from tests.support.panel_oracle import LIVE
from tests.support.topics import TOPICS

CODINGS = ("identity", "identity", "gzip", "zstd", "zstd, gzip;q=0.5", "br, gzip")
DATES = [str(expiry) for expiry in EXPIRIES]


class Logged(NamedTuple):
    """A row of fo.event."""

    id: int
    topic: str
    symbol: str | None
    expiry: str | None
    payload: str


@dataclass(frozen=True)
class Wish:
    """A subscription; with one of the last four it is a panel's."""

    topics: Sequence[str] = ()
    symbols: Sequence[str] = ()
    expiries: Sequence[str] = ()
    strikes: str | None = None
    fields: Sequence[str] = ()
    interval: int | None = None
    timeframe: str = "live"
    coding: str = field(default="identity", kw_only=True)
    through_client: bool = field(default=False, kw_only=True)

    @property
    def is_panel(self) -> bool:
        return self.interval is not None

    @property
    def is_all(self) -> bool:
        return not (self.is_panel or self.topics or self.symbols or self.expiries)

    def wants(self, event: Logged) -> bool:
        """Whether the event comes to this reader as it is."""
        if self.is_panel and event.topic not in self.topics:
            return False
        return (
            (not self.topics or event.topic in self.topics)
            and (not self.symbols or event.symbol in (None, *self.symbols))
            and (not self.expiries or event.expiry in (None, *self.expiries))
        )

    def query(self) -> list[tuple[str, str]]:
        found = [
            *(("topic", topic) for topic in self.topics),
            *(("symbol", symbol) for symbol in self.symbols),
            *(("expiry", expiry) for expiry in self.expiries),
        ]
        if self.strikes is not None:
            found.append(("strikes", self.strikes))
        if self.is_panel:
            found.append(("interval", str(self.interval)))
            found.append(("timeframe", self.timeframe))
            found.append(("fields", ",".join(self.fields)))
        return found

    def __str__(self) -> str:
        by = " by pgstrike_client" if self.through_client else f" in {self.coding}"
        return f"?{urlencode(self.query(), safe=',:')}{by}"


def draw(seed: int, count: int) -> list[Wish]:
    """Mostly raw; three at least want everything, so that they tell how far all is."""
    chance = random.Random(f"{seed}/wishes")
    wishes = [Wish(coding=coding) for coding in CODINGS[1:4]]
    while len(wishes) < count:
        make = panel if chance.random() < 0.35 else raw
        wishes.append(make(chance, through_client=chance.random() < 0.1))
    return wishes


def some(chance: random.Random, of: Sequence[str], most: int) -> list[str]:
    """None half of the time."""
    return chance.sample(of, chance.randint(1, most)) if chance.random() < 0.5 else []


def raw(chance: random.Random, *, through_client: bool) -> Wish:
    return Wish(
        some(chance, TOPICS, 3),
        some(chance, SYMBOLS, 2),
        some(chance, DATES, 2),
        coding=chance.choice(CODINGS),
        through_client=through_client,
    )


def panel(chance: random.Random, *, through_client: bool) -> Wish:
    expiries = some(chance, ["front", "next", *DATES], 3)
    return Wish(
        # Which events of an expiry pass one that asks for the front, SQL cannot say later.
        [] if expiries else some(chance, ["ops", "task", "metrics"], 2),
        chance.sample(SYMBOLS, chance.randint(1, 2)),
        expiries,
        chance.choice([None, "atm:0", "atm:2", "24450..24600"]),
        chance.sample(LIVE, chance.randint(1, 6)),
        chance.choice([0, 50, 200]),
        coding=chance.choice(CODINGS),
        through_client=through_client,
    )
