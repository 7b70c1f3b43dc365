"""ops.store_batch: order and batches make no difference, and lateness costs what it touches."""

import random
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.copy_quotes import copy_quotes
from pgstrike.jobs.ingest.price_batch import price_batch
from pgstrike.jobs.ingest.store import Store
from tests.support.calls import STRIKE
from tests.support.delivery import deliver, forget
from tests.support.plans import most_rows, plan_nodes
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    Leg,
    Quote,
    add,
    batch_of,
    ist,
)

HOLIDAY = date(2025, 8, 27)
BETWEEN = date(2025, 9, 9)


def store_plans(store: Store, quotes: list[Quote]) -> list[dict[str, Any]]:
    """Every node of the plans by which the quotes are stored."""
    batch = batch_of(quotes)
    with store.connection.transaction():
        copy_quotes(store.connection, batch.rows)
        nodes = plan_nodes(
            store.connection, query("derive_batch"), store.arguments(batch)
        )
        written = price_batch(store.connection, batch, store.pricer)
        return nodes + plan_nodes(store.connection, query("store_batch"), [written])


def snapshot(time: str, strikes: int) -> list[Quote]:
    return [
        Quote(time, STRIKE + n, {"ltp": 100.0 + n}, underlying=STRIKE)
        for n in range(strikes)
    ]


@pytest.mark.parametrize("known", [1, 41, 60])
def test_late_snapshot_reads_its_neighbours_only(store: Store, known: int) -> None:
    """Not the day, however many of its snapshots the planner knows."""
    strikes = 50
    for minute in range(60):
        add(store, *snapshot(f"10:{minute:02}:00", strikes))
        if minute + 1 == known:
            store.connection.execute("ANALYZE fo.option_quote")
    nodes = store_plans(store, snapshot("10:30:30", strikes))
    # Two snapshots, the one that follows twice more, and their times.
    assert 3 * strikes <= quotes_read(nodes) <= 5 * strikes


def quotes_read(nodes: list[dict[str, Any]]) -> float:
    """How many stored quotes were looked at; fo.option_quote is the first hypertable."""
    return sum(
        node["Actual Loops"]
        * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in nodes
        if node.get("Relation Name", "").startswith(("option_quote_", "_hyper_1_"))
        and "Scan" in node["Node Type"]
    )


def test_second_half_of_a_snapshot_finds_each_quote_of_the_first_by_its_key(
    store: Store,
) -> None:
    """It compares neither all of one half with all of the other, nor reads the day.

    The planner knows nothing of times that are so new.
    """
    strikes = 2000

    for second in range(15):
        add(store, *snapshot(f"10:00:{second:02}", strikes))
    newest = snapshot("10:00:15", strikes)
    add(store, *newest[: strikes // 2])
    nodes = store_plans(store, newest[strikes // 2 :])
    assert strikes // 2 <= quotes_read(nodes) <= 5 * strikes
    assert most_rows(nodes) <= 5 * strikes


def test_many_late_snapshots_are_not_compared_with_all_others(store: Store) -> None:
    quotes = [
        Quote(f"10:{minute:02}:{second}", STRIKE + strike, {"ltp": 1.0})
        for second in ("00", "30")
        for minute in range(60)
        for strike in range(20)
    ]
    half = len(quotes) // 2
    add(store, *quotes[:half])
    # As if the planner took the session for a long one.
    store.connection.execute("SET work_mem = '64kB'")
    nodes = store_plans(store, quotes[half:])
    assert half <= most_rows(nodes) <= 5 * half


def test_late_quote_is_not_the_last_before_a_newest_one_outside_the_session(
    store: Store, connection: psycopg.Connection
) -> None:
    """One batch brings both; what the session has reached is that of the stored quotes."""

    def quote(minute: int, oi: int, stamp: datetime | None = None) -> Quote:
        legs: list[Leg] = [{"oi": oi, "volume": 10 * minute}] * 2
        return Quote(f"10:{minute:02}:00", STRIKE, *legs, stamp=stamp)

    add(store, quote(2, oi=9), quote(3, oi=5))
    add(store, quote(1, oi=7), quote(4, oi=1, stamp=ist("10:04:00", date(2025, 8, 28))))
    add(store, quote(5, oi=6))
    growths = connection.execute(
        "SELECT call_oi_growth, put_oi_growth, call_volume_growth"
        " FROM fo.option_quote ORDER BY quote_time"
    ).fetchall()
    assert growths == [
        (0, 0, 10), (2, 2, 10), (-4, -4, 10), (None, None, None), (1, 1, 20),
    ]  # fmt: skip


# In whatever order


def session(dice: random.Random) -> Iterator[list[Quote]]:
    """Every quote of some small days, each as the versions that it comes in."""
    days = dice.sample((HOLIDAY, date(2025, 8, 28), FRIDAY), dice.randint(1, 3))
    strikes = (24_500.0, 24_550.0, 24_600.0, 24_650.0, 24_750.0)
    unknown = dice.choice((0.02, 0.15, 0.4))
    for day in days:
        minutes = sorted(dice.sample(range(550, 935), dice.randint(2, 8)))
        for expiry in (EXPIRY, BETWEEN):
            for strike in dice.sample(strikes, dice.randint(1, 5)):
                volume = 0
                for minute in minutes:
                    volume += dice.choice((0, 0, 10, 75))
                    legs = [
                        legs_of(dice, strike, volume, unknown)
                        for _ in range(dice.choice((1, 1, 1, 2)))
                    ]
                    time = f"{minute // 60:02}:{minute % 60:02}:00"
                    if dice.random() < 0.9:
                        yield [
                            Quote(time, strike, *both, day=day, expiry=expiry)
                            for both in legs
                        ]


def legs_of(
    dice: random.Random, strike: float, volume: int, unknown: float
) -> list[Leg]:
    """Both legs; figures are sometimes unknown, and volumes sometimes too low or high."""
    found: list[Leg] = []
    for sign in (1, -1):
        premium = max(sign * (24_610 - strike), 0) + 20 + dice.random()
        said = dice.choice((*[volume] * 12, dice.randint(0, volume), volume + 200))
        leg = {"bid": premium - 0.5, "ask": premium + 0.5, "volume": said}
        leg["oi"] = dice.randint(0, 900)
        dead = dice.random() < unknown
        found.append(
            {
                name: figure
                for name, figure in leg.items()
                if not dead and dice.random() > unknown / 4
            }
        )
    return found


def state(connection: psycopg.Connection) -> list[list[Any]]:
    """All that follows from the quotes, but for the events."""
    return [
        connection.execute(
            f"SELECT * FROM {table} ORDER BY {order}".encode()
        ).fetchall()
        for table, order in (
            ("fo.option_quote", "expiry, strike, quote_time"),
            ("fo.quote_dropout", "expiry, strike, quote_time, leg"),
            ("fo.contract", "expiry, strike"),
            ("fo.instrument", "symbol"),
            ("fo.underlying_quote", "quote_time"),
        )
    ]


@pytest.mark.parametrize("first", range(0, 16, 4))
def test_order_and_batches_make_no_difference(
    store: Store, connection: psycopg.Connection, first: int
) -> None:
    """Late, corrected, and drop-outs or not: as if all had come in order, and at once."""
    for seed in range(first, first + 4):
        dice = random.Random(seed)
        quotes = list(session(dice))
        deliver(store, dice, quotes, 3)
        shuffled = state(connection)
        final = sorted(
            (versions[-1] for versions in quotes),
            key=lambda quote: (quote.day, quote.time, quote.expiry, quote.strike),
        )
        assert add(store, *final).unchanged == len(final), seed
        assert state(connection) == shuffled, seed
        forget(connection)
        add(store, *final)
        assert state(connection) == shuffled, seed
        forget(connection)
