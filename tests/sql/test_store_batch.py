"""ops.store_batch: in whatever order and batches, the same quotes come to the same rows."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from db.queries import query
from jobs.copy_binary import copy_binary
from jobs.quote import LEGS
from jobs.store import Store
from tests.plans import most_rows, plan_nodes
from tests.sql.market import (
    EXPIRY,
    FRIDAY,
    LATER,
    MONDAY,
    Leg,
    Quote,
    add,
    batch_of,
    events,
    ist,
    ladder,
    select,
    value,
)

HOLIDAY = date(2025, 8, 27)
BETWEEN, LAST = date(2025, 9, 9), date(2025, 9, 16)
STRIKE = 24_600.0


def call(time: str, volume: int | None = None, **figures: float) -> Quote:
    """A quote of whose put nothing is known."""
    return Quote(time, STRIKE, {"volume": volume, **figures})


def column(connection: psycopg.Connection, name: str) -> list[Any]:
    """A column of all quotes, the oldest first."""
    found = connection.execute(
        f"SELECT {name} FROM fo.option_quote"
        " ORDER BY quote_time, symbol, expiry, strike".encode()
    )
    return [row[0] for row in found]


# Drop-outs and growths


def test_volume_that_falls_is_a_drop_out(
    store: Store, connection: psycopg.Connection
) -> None:
    """Unknown in the quote, kept apart, and no false growth before or after."""
    add(store, call("10:00:00", 100, oi=50))
    assert add(store, call("10:01:00", 0, oi=0, ltp=7.5)).dropouts == 1
    add(store, call("10:02:00", 130, oi=60))
    assert column(connection, "call_dropout") == [False, True, False]
    assert column(connection, "call_volume") == [100, None, 130]
    assert column(connection, "call_ltp") == [None, None, None]
    assert column(connection, "call_volume_growth") == [100, None, 30]
    assert column(connection, "call_oi_growth") == [0, None, 10]
    kept = select(connection, "SELECT leg, ltp, volume, oi FROM fo.quote_dropout")
    assert kept == [{"leg": "call", "ltp": 7.5, "volume": 0, "oi": 0}]


def test_late_quote_repairs_the_growth_of_the_next(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:00:00", 100, oi=10))
    add(store, call("10:02:00", 170, oi=40))
    add(store, call("10:03:00", 180, oi=30))
    assert add(store, call("10:01:00", 120, oi=5)).late == 1
    assert column(connection, "call_volume_growth") == [100, 20, 50, 10]
    assert column(connection, "call_oi_growth") == [0, -5, 35, -10]


def test_several_late_quotes_of_one_contract_in_one_batch(
    store: Store, connection: psycopg.Connection
) -> None:
    """Two in one gap, one in another, one before all, and one that is not late."""
    add(store, call("10:00:00", 100), call("10:10:00", 200), call("10:20:00", 300))
    late = [("09:50:00", 60), ("10:02:00", 110), ("10:04:00", 150), ("10:12:00", 210)]
    done = add(store, *(call(*quote) for quote in late), call("10:30:00", 330))
    assert (done.stored, done.late, done.dropouts) == (5, 4, 0)
    assert column(connection, "call_volume") == [
        60, 100, 110, 150, 200, 210, 300, 330,
    ]  # fmt: skip
    assert column(connection, "call_volume_growth") == [
        60, 40, 10, 40, 50, 10, 90, 30,
    ]  # fmt: skip


def test_late_quote_makes_a_drop_out_and_a_correction_undoes_it(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:02:00", 100, ltp=9.5), call("10:03:00", 180))
    assert add(store, call("10:01:00", 150)).dropouts == 1
    assert column(connection, "call_ltp") == [None, None, None]
    assert column(connection, "call_volume_growth") == [150, None, 30]
    undone = add(store, call("10:01:00", 90))
    assert (undone.stored, undone.corrected, undone.dropouts) == (0, 1, -1)
    assert column(connection, "call_ltp") == [None, 9.5, None]
    assert column(connection, "call_volume_growth") == [90, 10, 80]
    assert value(connection, "SELECT count(*) FROM fo.quote_dropout") == 0


def test_late_quote_is_itself_a_drop_out(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:00:00", 100, oi=10), call("10:02:00", 170, oi=40))
    assert add(store, call("10:01:00", 30, oi=0)).dropouts == 1
    assert column(connection, "call_volume_growth") == [100, None, 70]
    assert column(connection, "call_oi_growth") == [0, None, 30]


def test_late_quote_among_unknown_figures(
    store: Store, connection: psycopg.Connection
) -> None:
    """What it grew by, and what the next known one did, is found behind the unknown."""
    add(store, call("10:00:00", 100), call("10:02:00"), call("10:06:00", 170))
    add(store, Quote("10:05:00", STRIKE, put={"oi": 5}))
    add(store, call("10:03:00", 120, oi=7))
    assert column(connection, "call_volume_growth") == [100, None, 20, None, 50]
    assert column(connection, "call_oi_growth") == [None, None, 0, None, None]
    assert value(connection, "SELECT call_oi FROM fo.contract") == 7


def test_correction_of_open_interest_alone(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, *(call(f"10:0{n}:00", 100, oi=oi) for n, oi in enumerate((10, 20, 50))))
    assert add(store, call("10:01:00", 100, oi=30)).corrected == 1
    assert column(connection, "call_oi") == [10, 30, 50]
    assert column(connection, "call_oi_growth") == [0, 20, 20]
    assert add(store, call("10:01:00", 100)).corrected == 1
    assert column(connection, "call_oi_growth") == [0, None, 40]


def test_correction_of_the_newest_moves_what_the_contract_reached(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, call("10:00:00", 100), call("10:01:00", 900))
    add(store, call("10:01:00", 110))
    assert add(store, call("10:02:00", 130)).dropouts == 0
    assert column(connection, "call_volume_growth") == [100, 10, 20]


def test_session_begins_anew_each_day(
    store: Store, connection: psycopg.Connection
) -> None:
    """Also one that comes after a later one has begun."""
    add(store, call("15:00:00", 900, oi=70))
    add(store, call("09:20:00", 30, oi=75)._replace(day=MONDAY))
    add(store, call("15:10:00", 920, oi=80))
    assert column(connection, "call_volume_growth") == [900, 20, 30]
    assert column(connection, "call_oi_growth") == [0, 10, 0]


def test_late_quote_is_the_newest_of_a_session(
    store: Store, connection: psycopg.Connection
) -> None:
    """Where the newest of all came when the exchange was closed."""
    add(store, call("15:28:00", 100), call("15:35:00", 100))
    add(store, call("15:29:00", 100))
    [contract] = select(connection, "SELECT quote_time, live_time FROM fo.contract")
    assert contract == {"quote_time": ist("15:35:00"), "live_time": ist("15:29:00")}


def test_holidays_and_nights_are_marked(
    store: Store, connection: psycopg.Connection
) -> None:
    times = ("09:14:59", "09:15:00", "15:30:00", "15:30:01")
    holiday = call("10:00:00")._replace(day=HOLIDAY)
    stored = add(store, holiday, *(call(time) for time in times))
    assert stored.outside_session == 3
    assert column(connection, "in_session") == [False, False, True, True, False]


# The same again


def test_same_quotes_again_change_nothing(
    store: Store, connection: psycopg.Connection
) -> None:
    """No row, no event, no stale bucket; drop-outs included, in one batch or in two."""
    quotes = [*ladder("10:00:00", STRIKE), *ladder("10:01:00", STRIKE)]
    quotes[-1] = quotes[-1]._replace(call={"volume": 3, "ltp": 1.0})
    assert add(store, *quotes).dropouts == 1
    seen = [
        "SELECT count(*), max(id) FROM fo.event",
        "SELECT count(*) FROM job.stale_bucket",
        "SELECT array_agg(xmin::text || ctid::text ORDER BY strike) FROM fo.option_quote",
        "SELECT array_agg(xmin::text) FROM fo.quote_dropout",
    ]
    before = [connection.execute(one.encode()).fetchall() for one in seen]
    for again in (quotes, quotes[::2], quotes[1::2]):
        done = add(store, *again)
        assert (done.stored, done.corrected, done.unchanged) == (0, 0, len(again))
        assert done.dropouts == 0
    assert [connection.execute(one.encode()).fetchall() for one in seen] == before


def test_last_row_of_a_key_in_a_batch_counts(
    store: Store, connection: psycopg.Connection
) -> None:
    """The same row again is unchanged, another is a correction."""
    versions = (100, 100, 120, 100, 130)
    done = add(store, *(call("10:00:00", volume) for volume in versions))
    assert (done.stored, done.corrected, done.unchanged) == (1, 2, 2)
    assert column(connection, "call_volume") == [130]


def test_second_half_of_a_snapshot_values_the_first_anew(
    store: Store, connection: psycopg.Connection
) -> None:
    """And rewrites of it only what comes out differently."""
    lower, upper = ladder("10:00:00", STRIKE)[:2], ladder("10:00:00", STRIKE)[2:]
    expired = ladder("10:00:00", STRIKE, expiry=LATER)
    add(store, *lower, *expired)
    assert column(connection, "moneyness_level")[:2] == [-1, 0]
    later = (
        f"SELECT array_agg(xmin::text) FROM fo.option_quote WHERE expiry = '{LATER}'"
    )
    before = value(connection, later)
    newest = value(connection, "SELECT max(id) FROM fo.event")
    done = add(store, *upper)
    assert (done.stored, done.late, done.corrected) == (3, 0, 0)
    assert column(connection, "moneyness_level")[:5] == [-2, -1, 0, 1, 2]
    assert value(connection, later) == before
    [event] = events(connection, "chain", after=newest)
    assert [row[0] for row in event["rows"]] == [24_500, 24_550, 24_600, 24_650, 24_700]


# Moneyness


def test_exact_halves_go_to_the_lower_level(
    store: Store, connection: psycopg.Connection
) -> None:
    strikes = (24_450, 24_500, 24_550, 24_600, 24_625, 24_650)
    add(store, *(Quote("10:00:00", strike, underlying=STRIKE) for strike in strikes))
    assert column(connection, "moneyness_level") == [-3, -2, -1, 0, 0, 1]
    assert column(connection, "call_moneyness") == [
        "ITM3", "ITM2", "ITM1", "ATM", "ATM", "OTM1",
    ]  # fmt: skip
    assert column(connection, "put_moneyness") == [
        "OTM3", "OTM2", "OTM1", "ATM", "ATM", "ITM1",
    ]  # fmt: skip
    assert set(column(connection, "underlying_source")) == {"feed"}


def test_ties_go_to_the_lower_strike_and_the_smaller_gap(
    store: Store, connection: psycopg.Connection
) -> None:
    """24,575 is as near to 24,550 as to 24,600; steps of 50 and of 100 are two each."""
    strikes = (24_450, 24_550, 24_600, 24_650, 24_750)
    add(store, *(Quote("10:00:00", strike, underlying=24_575) for strike in strikes))
    assert set(column(connection, "strike_gap")) == {50}
    assert column(connection, "moneyness_level") == [-2, 0, 1, 2, 4]


def test_gap_is_that_of_ten_strikes_around_the_money(
    store: Store, connection: psycopg.Connection
) -> None:
    """Twenty steps of 50 around it count for more than thirty of 100 beyond."""
    near = [24_100 + 50 * step for step in range(21)]
    far = [25_200 + 100 * step for step in range(30)]
    underlying = {"underlying": STRIKE}
    add(store, *(Quote("10:00:00", strike, **underlying) for strike in near + far))
    assert set(column(connection, "strike_gap")) == {50}


def test_chain_of_one_strike_has_no_level(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, Quote("10:00:00", STRIKE, underlying=STRIKE))
    assert column(connection, "underlying") == [STRIKE]
    assert column(connection, "strike_gap") == [None]
    assert column(connection, "moneyness_level") == [None]
    assert column(connection, "call_moneyness") == [None]


def priced(strike: float, forward: float, **fields: Any) -> Quote:
    """A strike whose two mids differ by what it is away from the forward."""
    bids = {"call": 300 + forward - strike, "put": 300.0}
    legs: dict[str, Leg] = {leg: {"bid": bids[leg], "ask": bids[leg]} for leg in LEGS}
    return Quote("10:00:00", strike, **legs, **fields)


def test_parity_stands_in_for_the_underlying(
    store: Store, connection: psycopg.Connection
) -> None:
    """The median of three, 24,590.03, 24,600 and 24,609.97; the nearest expiry's, and of
    two as near the earlier's, where two strikes are not enough."""
    add(
        store,
        *(priced(strike, 24_600) for strike in (24_550, 24_600, 24_650)),
        *(priced(strike, 24_650, expiry=BETWEEN) for strike in (24_600, 24_650)),
        *(priced(24_650 + step, 24_650, expiry=LAST) for step in (-50, 0, 50)),
    )
    assert column(connection, "underlying") == [*[24_600] * 5, *[24_650] * 3]
    assert column(connection, "underlying_source") == [
        *["parity"] * 3, *["other_expiry"] * 2, *["parity"] * 3,
    ]  # fmt: skip
    assert column(connection, "moneyness_level") == [-1, 0, 1, 0, 1, -1, 0, 1]


# Rejects


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": "ACME"}, "unknown_symbol"),
        ({"time": "15:30:01", "day": EXPIRY}, "expired"),
        ({"day": date(2025, 6, 2)}, "too_old"),
    ],
)
def test_what_cannot_be_right_is_rejected(
    store: Store, connection: psycopg.Connection, changes: dict[str, Any], reason: str
) -> None:
    """With the row as it came, and no other row with it."""
    add(store, call("10:00:00", 100))
    wrong = call("10:01:00", 110)._replace(**changes)
    stored, rejects = store.add(batch_of([wrong, call("10:02:00", 120)]))
    assert stored.stored == 1
    assert [(reject.reason, reject.row) for reject in rejects] == [(reason, str(wrong))]
    assert select(connection, "SELECT reason, row FROM fo.quote_reject") == [
        {"reason": reason, "row": str(wrong)}
    ]
    assert column(connection, "call_volume") == [100, 120]


def test_contract_lives_until_the_close_of_its_expiry_day(store: Store) -> None:
    assert add(store, call("15:30:00")._replace(day=EXPIRY)).stored == 1


def test_quote_of_a_year_to_come_does_not_move_the_clock(store: Store) -> None:
    """A year that was mistyped; all that is right would be too old after it."""
    assert add(store, call("10:00:00")).stored == 1
    far = call("10:01:00")._replace(
        day=MONDAY.replace(year=9025), expiry=EXPIRY.replace(year=9025)
    )
    _, rejects = store.add(batch_of([far]))
    assert [reject.reason for reject in rejects] == ["ahead_of_clock"]
    assert add(store, call("10:02:00")).stored == 1


def test_live_quote_ahead_of_the_wall_clock_is_rejected(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as own:
        live = Store(
            own, source="test", rate=0.065, horizon=timedelta(days=30), is_live=True
        )
        now = datetime.now(UTC) + timedelta(hours=5, minutes=30)
        times = [now + timedelta(seconds=seconds) for seconds in (30, 300)]
        soon, late = (
            Quote(f"{time:%H:%M:%S}", STRIKE, day=time.date(), expiry=date(2099, 1, 1))
            for time in times
        )
        stored, rejects = live.add(batch_of([soon, late]))
    assert stored.stored == 1
    assert [(reject.reason, reject.row) for reject in rejects] == [
        ("ahead_of_clock", str(late))
    ]


# The cost of being late


def store_plans(store: Store, quotes: list[Quote]) -> list[dict[str, Any]]:
    """Every node of the plans by which the quotes are stored."""
    batch = batch_of(quotes)
    with store.connection.transaction(), store.connection.cursor() as cursor:
        with cursor.copy(query("copy_quotes")) as copy:
            copy.write(copy_binary(batch.rows))
        arguments = (list(batch.symbols), store.rate, store.horizon, store.ahead)
        nodes = plan_nodes(store.connection, query("derive_batch"), arguments)
        prices = copy_binary(store.prices(batch))
        with cursor.copy(query("copy_prices")) as copy:
            copy.write(prices)
        return nodes + plan_nodes(store.connection, query("store_batch"))


def test_late_snapshot_reads_its_neighbours_only(store: Store) -> None:
    """Not the day, of which the planner knows no more than the first snapshot."""
    for minute in range(60):
        add(store, *ladder(f"10:{minute:02}:00", STRIKE))
    read = sum(
        node["Actual Loops"]
        * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in store_plans(store, ladder("10:30:30", STRIKE))
        if node.get("Relation Name", "").startswith(("option_quote_", "_hyper_"))
        and "Scan" in node["Node Type"]
    )
    # Two snapshots of five strikes, the one that follows once more, and their times.
    assert 15 <= read <= 25


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
        )
    ]


def forget(connection: psycopg.Connection) -> None:
    connection.execute("TRUNCATE fo.option_quote, fo.quote_dropout, fo.contract")
    connection.execute("UPDATE fo.instrument SET clock = NULL")


@pytest.mark.parametrize("first", range(0, 16, 4))
def test_order_and_batches_make_no_difference(
    store: Store, connection: psycopg.Connection, first: int
) -> None:
    """Late, corrected, and drop-outs or not: as if all had come in order, and at once."""
    for seed in range(first, first + 4):
        dice = random.Random(seed)
        quotes = list(session(dice))
        places = sorted(
            (dice.random(), number)
            for number, versions in enumerate(quotes)
            for _ in versions
        )
        left = [iter(versions) for versions in quotes]
        delivered = [next(left[number]) for _, number in places]
        cut = sorted(dice.sample(range(1, len(delivered)), 3))
        for start, end in zip([0, *cut], [*cut, len(delivered)], strict=True):
            add(store, *delivered[start:end])
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
