"""Volumes that fall: in whatever order quotes come, they are judged as the oracle does."""

import random
from collections.abc import Iterator

import pandas as pd
import psycopg

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import LEGS
from tests.support.feeds import oracle
from tests.support.quote_market import EXPIRY, Leg, Quote, add, ist, select
from tests.support.seeds import seeds

STRIKES = (24_500.0, 24_600.0)
COLUMNS = [
    f"{leg}_{name}"
    for leg in LEGS
    for name in (
        "volume", "oi", "ltp", "volume_growth", "oi_growth", "dropout", "volume_doubted",
    )
]  # fmt: skip


def volumes(rnd: random.Random, length: int) -> Iterator[tuple[float | None, float]]:
    """Volume and OI of a leg that drops out, jitters, spikes and serves old pages."""
    reached = rnd.choice([0, 100, 5000])
    for _ in range(rnd.choice([0, 0, 0, rnd.randint(1, 25)])):
        yield 9_000, 5
    for _ in range(length):
        reached += rnd.choice([0, 0, 10, 50])
        said: float | None = reached
        match rnd.randrange(20):
            case 0 | 1 | 2:
                said = max(0, reached - rnd.choice([1, 20, 60, 500]))
            case 3 | 4:
                said = 0
            case 5:
                said = reached + rnd.choice([5, 100, 7000])
            case 6:
                said = None
            case 7:
                reached = rnd.choice([0, 40, 3000])
        yield said, rnd.choice([0, 0, 70, 80])


def session(rnd: random.Random) -> list[Quote]:
    """Quotes of two contracts a second apart, some of them before the open or after."""
    length = rnd.randint(2, 60)
    legs = {
        (strike, leg): list(volumes(rnd, length)) for strike in STRIKES for leg in LEGS
    }
    found: list[Quote] = []
    for place in range(max(map(len, legs.values()))):
        for strike in STRIKES:
            second = place if place % 17 else 3600 * rnd.choice([-1, 6])
            hours, rest = divmod(10 * 3600 + second + place, 3600)
            time = f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
            figures: dict[str, Leg] = {}
            for leg in LEGS:
                said = legs[strike, leg][place : place + 1]
                for volume, oi in said:
                    figures[leg] = {"volume": volume, "oi": oi, "ltp": 1.0 + place}
            found.append(Quote(time, strike, **figures))
    return found


def expected(quotes: list[Quote]) -> list[dict[str, object]]:
    """As the oracle judges and grows them."""
    rules = oracle()
    rows = []
    for quote in quotes:
        row: dict[str, object] = {
            "quote_time": ist(quote.time, quote.day),
            "symbol": quote.symbol,
            "expiry": EXPIRY,
            "strike": quote.strike,
        }
        for leg, figures in (("call", quote.call), ("put", quote.put)):
            row |= {f"{leg}_{n}": figures.get(n) for n in ("volume", "oi", "ltp")}
        rows.append(row)
    frame = pd.DataFrame(rows)
    frame["quote_time"] = pd.to_datetime(frame.quote_time, utc=True)
    for name in [f"{leg}_{n}" for leg in LEGS for n in ("volume", "oi", "ltp")]:
        frame[name] = frame[name].astype(float)
    judged = rules.grow(rules.judge(rules.mark_sessions(frame)))
    judged = judged.sort_values(["quote_time", "strike"])
    wanted = judged[COLUMNS].astype(object)
    return list(wanted.where(wanted.notna(), None).to_dict("records"))


@seeds(24, quick=8)
def test_volumes_are_judged_as_by_the_oracle(
    store: Store, connection: psycopg.Connection, seed: int
) -> None:
    """In order or in any other, in batches of any size, and with corrections."""
    rnd = random.Random(seed)
    quotes = session(rnd)
    coming = list(quotes)
    if seed % 3:
        rnd.shuffle(coming)
    if seed % 2:
        wrong = [
            each._replace(call={"volume": rnd.choice([0, 1, 9000])}, put={})
            for each in rnd.sample(quotes, min(8, len(quotes)))
        ]
        coming = [*coming[::2], *wrong, *coming]
    while coming:
        size = rnd.choice([1, 3, 10, 200])
        add(store, *coming[:size])
        coming = coming[size:]
    names = ", ".join(COLUMNS)
    found = select(
        connection, f"SELECT {names} FROM fo.option_quote ORDER BY quote_time, strike"
    )
    assert found == expected(quotes)


def test_later_volumes_do_not_vote_for_a_spike_that_comes_late(
    store: Store, connection: psycopg.Connection
) -> None:
    """Before all that is stored of its session: only what stands before a fall votes."""
    quotes = [
        Quote(f"10:0{minute}:00", STRIKES[0], put={"volume": volume, "oi": 5})
        for minute, volume in enumerate((201, 22, 24, 224, 224))
    ]
    add(store, *quotes[3:])
    add(store, *quotes[:3])
    held = select(
        connection, "SELECT put_volume FROM fo.option_quote ORDER BY quote_time"
    )
    assert [row["put_volume"] for row in held] == [None, 22, 24, 224, 224]
