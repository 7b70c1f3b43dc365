"""ops.store_batch: in whatever order and batches, the same quotes come to the same rows."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from jobs.feed.times import days, microseconds
from jobs.quote import LEGS, QuoteBatch, unknown_quotes
from jobs.store import Store, Stored

DAYS = (
    date(2025, 8, 27),
    date(2025, 8, 28),
    date(2025, 8, 29),
)  # the first is a holiday
EXPIRIES = (date(2025, 9, 2), date(2025, 9, 9))
STRIKES = (24_500.0, 24_550.0, 24_600.0, 24_650.0, 24_750.0)

Key = tuple[datetime, date, float]
Figures = dict[str, float]
Quotes = list[tuple[Key, Figures]]


@pytest.fixture
def store(connection: psycopg.Connection) -> Store:
    return Store(connection, source="test", rate=0.065, horizon=timedelta(days=30))


def add(store: Store, quotes: Quotes, symbol: str = "NIFTY") -> Stored:
    rows = unknown_quotes(len(quotes))
    for row, ((quote_time, expiry, strike), figures) in zip(rows, quotes, strict=True):
        row["quote_time"] = microseconds(quote_time)
        row["expiry"], row["strike"] = days(expiry), strike
        for name, value in figures.items():
            row[name] = value
    batch = QuoteBatch(rows, (symbol,), [str(quote) for quote in quotes], [])
    stored, rejects = store.add(batch)
    assert not rejects
    return stored


def at(hours: str, strike: float = 24_600, day: date = DAYS[2]) -> Key:
    """An instant in IST, of the front expiry."""
    clock = datetime.strptime(hours, "%H:%M:%S").replace(tzinfo=UTC)
    moment = datetime.combine(day, clock.time(), UTC) - timedelta(hours=5, minutes=30)
    return moment, EXPIRIES[0], strike


def column(connection: psycopg.Connection, name: str) -> list[Any]:
    found = connection.execute(
        f"SELECT {name} FROM fo.option_quote ORDER BY quote_time, strike".encode()
    )
    return [row[0] for row in found]


def test_volume_that_falls_is_a_drop_out(
    store: Store, connection: psycopg.Connection
) -> None:
    volumes = (100, 0, 130)
    for minute, volume in enumerate(volumes):
        add(store, [(at(f"10:0{minute}:00"), {"call_volume": volume, "call_oi": 50})])
    assert column(connection, "call_dropout") == [False, True, False]
    assert column(connection, "call_volume") == [100, None, 130]
    assert column(connection, "call_oi") == [50, None, 50]
    assert column(connection, "call_volume_growth") == [100, None, 30]
    assert connection.execute("SELECT volume, oi FROM fo.quote_dropout").fetchall() == [
        (0, 50)
    ]


def test_late_quote_repairs_the_growth_of_the_next(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, [(at("10:00:00"), {"put_volume": 100, "put_oi": 10})])
    add(store, [(at("10:02:00"), {"put_volume": 170, "put_oi": 40})])
    stored = add(store, [(at("10:01:00"), {"put_volume": 120, "put_oi": 5})])
    assert stored.late == 1
    assert column(connection, "put_volume_growth") == [100, 20, 50]
    assert column(connection, "put_oi_growth") == [0, -5, 35]


def test_late_quote_makes_a_drop_out_of_a_stored_one_and_a_correction_undoes_it(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, [(at("10:02:00"), {"call_volume": 100, "call_ltp": 9.5})])
    assert add(store, [(at("10:01:00"), {"call_volume": 150})]).dropouts == 1
    assert column(connection, "call_ltp") == [None, None]
    undone = add(store, [(at("10:01:00"), {"call_volume": 90})])
    assert (undone.corrected, undone.dropouts) == (1, -1)
    assert column(connection, "call_ltp") == [None, 9.5]
    assert column(connection, "call_volume_growth") == [90, 10]


def test_session_begins_anew_each_day(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, [(at("15:00:00", day=DAYS[1]), {"call_volume": 900, "call_oi": 70})])
    add(store, [(at("09:20:00"), {"call_volume": 30, "call_oi": 75})])
    assert column(connection, "call_volume_growth") == [900, 30]
    assert column(connection, "call_oi_growth") == [0, 0]


def test_holidays_and_nights_are_marked(
    store: Store, connection: psycopg.Connection
) -> None:
    keys = [at("10:00:00", day=DAYS[0]), at("09:14:59"), at("09:15:00"), at("15:30:00")]
    stored = add(store, [(key, {"call_ltp": 1.0}) for key in [*keys, at("15:30:01")]])
    assert stored.outside_session == 3
    assert column(connection, "in_session") == [False, False, True, True, False]


def test_exact_halves_go_to_the_lower_level(
    store: Store, connection: psycopg.Connection
) -> None:
    strikes = (24_450, 24_500, 24_550, 24_600, 24_625, 24_650)
    add(
        store,
        [(at("10:00:00", strike), {"underlying": 24_600.0}) for strike in strikes],
    )
    assert column(connection, "moneyness_level") == [-3, -2, -1, 0, 0, 1]
    assert column(connection, "call_moneyness")[1:] == [
        "ITM2",
        "ITM1",
        "ATM",
        "ATM",
        "OTM1",
    ]
    assert column(connection, "put_moneyness")[1:] == [
        "OTM2",
        "OTM1",
        "ATM",
        "ATM",
        "ITM1",
    ]
    assert set(column(connection, "underlying_source")) == {"feed"}


def test_chain_of_one_strike_has_no_level(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, [(at("10:00:00"), {"underlying": 24_600.0})])
    assert column(connection, "moneyness_level") == [None]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (at("15:31:00", day=EXPIRIES[0]), "expired"),
        (at("10:00:00", day=date(2025, 6, 2)), "too_old"),
    ],
)
def test_what_cannot_be_right_is_rejected(store: Store, key: Key, reason: str) -> None:
    add(store, [(at("10:00:00"), {})])
    rows = unknown_quotes(1)
    rows["quote_time"] = microseconds(key[0])
    rows["expiry"], rows["strike"] = days(key[1]), key[2]
    _, rejects = store.add(QuoteBatch(rows, ("NIFTY",), ["as it came"], []))
    assert [(reject.reason, reject.row) for reject in rejects] == [
        (reason, "as it came")
    ]


def test_live_quote_ahead_of_the_wall_clock_is_rejected(
    connection: psycopg.Connection,
) -> None:
    live = Store(
        connection, source="test", rate=0.065, horizon=timedelta(days=30), is_live=True
    )
    rows = unknown_quotes(2)
    now = datetime.now(UTC)
    rows["quote_time"] = [
        microseconds(now + timedelta(seconds=seconds)) for seconds in (30, 300)
    ]
    rows["expiry"], rows["strike"] = days(now.date() + timedelta(days=9)), 24_600
    stored, rejects = live.add(QuoteBatch(rows, ("NIFTY",), ["now", "later"], []))
    assert stored.stored == 1
    assert [(reject.reason, reject.row) for reject in rejects] == [
        ("ahead_of_clock", "later")
    ]


def session(dice: random.Random) -> Iterator[tuple[Key, list[Figures]]]:
    """Every quote of some small days, each with the versions that it comes in."""
    for day in dice.sample(DAYS, dice.randint(1, 3)):
        minutes = sorted(dice.sample(range(550, 935), dice.randint(2, 8)))
        for expiry in EXPIRIES:
            for strike in dice.sample(STRIKES, dice.randint(1, 5)):
                volume = 0
                for minute in minutes:
                    moment = at(f"{minute // 60:02}:{minute % 60:02}:00", strike, day)[
                        0
                    ]
                    volume += dice.choice([0, 0, 10, 75])
                    count = dice.choice([1, 1, 1, 2])
                    versions = [figures(dice, strike, volume) for _ in range(count)]
                    if dice.random() < 0.9:
                        yield (moment, expiry, strike), versions


def figures(dice: random.Random, strike: float, volume: int) -> Figures:
    """Both legs; each sometimes unknown, and sometimes a drop-out."""
    found: Figures = {}
    for leg, sign in zip(LEGS, (1, -1), strict=True):
        if dice.random() < 0.15:
            continue
        premium = max(sign * (24_610 - strike), 0) + 20 + dice.random()
        found |= {f"{leg}_bid": premium - 0.5, f"{leg}_ask": premium + 0.5}
        if dice.random() < 0.9:
            fallen = dice.random() < 0.1
            found[f"{leg}_volume"] = dice.randint(0, volume) if fallen else volume
        if dice.random() < 0.9:
            found[f"{leg}_oi"] = dice.randint(0, 900)
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
        )
    ]


def forget(connection: psycopg.Connection) -> None:
    connection.execute("TRUNCATE fo.option_quote, fo.quote_dropout, fo.contract")
    connection.execute("UPDATE fo.instrument SET clock = NULL")


def test_order_and_batches_make_no_difference(
    store: Store, connection: psycopg.Connection
) -> None:
    for seed in range(12):
        dice = random.Random(seed)
        quotes = dict(session(dice))
        places = sorted(
            (dice.random(), key) for key, some in quotes.items() for _ in some
        )
        left = {key: iter(versions) for key, versions in quotes.items()}
        delivered = [(key, next(left[key])) for _, key in places]
        cut = sorted(dice.sample(range(1, len(delivered)), 3))
        for first, end in zip([0, *cut], [*cut, len(delivered)], strict=True):
            add(store, delivered[first:end])
        shuffled = state(connection)
        final = sorted((key, versions[-1]) for key, versions in quotes.items())
        assert add(store, final).unchanged == len(final), seed
        assert state(connection) == shuffled, seed
        forget(connection)
        add(store, final)
        assert state(connection) == shuffled, seed
        forget(connection)
