"""analytics.chain, chain_at, max_pain and pcr, against NumPy on what the test stored."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.db.paths import ROOT
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import Stock
from tests.support.quote_market import EXPIRY, FRIDAY, MONDAY, Quote, add, ist, select

CLOSE = "15:30:00"
Row = dict[str, Any]


@pytest.fixture
def store(connection: psycopg.Connection) -> Store:
    return Store(connection, source="test", rate=0.065, horizon=timedelta(days=30))


def quote(
    time: str, strike: float, call: int | None, put: int | None, **of: Any
) -> Quote:
    """A strike by its two open interests; volumes are ten times those."""
    legs = [
        {"ltp": 10.0, "oi": oi, "volume": None if oi is None else 10 * oi}
        for oi in (call, put)
    ]
    return Quote(time, strike, *legs, underlying=24_610.0, **of)


def ask(connection: psycopg.Connection, function: str, at: Any = None) -> list[Row]:
    return select(
        connection,
        f"SELECT * FROM analytics.{function}('NIFTY', %s, %s)",
        EXPIRY,
        at,
    )


def shown(store: Store, *quotes: Quote) -> psycopg.Connection:
    """Store quotes, and refresh."""
    add(store, *quotes)
    refresh_all(store.connection)
    return store.connection


def test_chain_is_the_newest_quote_of_each_contract(store: Store) -> None:
    shown(store, quote("10:00:00", 24_500, 75, 150), quote("10:00:00", 24_600, 1, 2))
    connection = shown(store, quote("10:05:00", 24_600, 225, 300))
    low, high = ask(connection, "chain")
    assert (low["strike"], low["call_oi"], low["put_oi"]) == (24_500, 75, 150)
    assert (high["strike"], high["call_oi"], high["put_oi"]) == (24_600, 225, 300)
    assert (low["age"], high["age"]) == (timedelta(minutes=5), timedelta(0))
    left = ist(CLOSE, EXPIRY) - ist("10:05:00")
    assert low["years"] == pytest.approx(left / timedelta(days=365))
    assert low["underlying"] == 24_610 and low["session"] == FRIDAY
    assert low["call_iv_status"] == "no_market"


def test_chain_at_is_what_was_known_then(store: Store) -> None:
    for minute in range(3):
        oi = 75 * (minute + 1)
        add(store, quote(f"10:{minute:02}:00", 24_600, oi, oi))
    add(store, quote("10:01:30", 24_500, 7, 8))
    connection = shown(store, quote("16:00:00", 24_600, 9, 9))
    assert ask(connection, "chain", ist("09:59:59")) == []
    [only] = ask(connection, "chain", ist("10:01:29"))
    assert (only["call_oi"], only["age"]) == (150, timedelta(seconds=29))
    low, high = ask(connection, "chain_at", ist("10:01:30"))
    assert (low["call_oi"], high["call_oi"]) == (7, 150)
    # What came outside of a session is in no chain, and the chain dies with its contracts.
    assert ask(connection, "chain", ist("17:00:00"))[1]["call_oi"] == 225
    assert ask(connection, "chain", ist("15:29:59", EXPIRY)) != []
    assert ask(connection, "chain", ist(CLOSE, EXPIRY)) == []


def test_latest_chain_is_that_of_the_clock(store: Store) -> None:
    random = np.random.default_rng(5)
    for minute in range(8):
        strikes = random.choice(np.arange(24_000, 25_000, 50), 12, replace=False)
        add(
            store,
            *(
                quote(f"11:{minute:02}:00", float(strike), int(strike), minute)
                for strike in strikes
            ),
        )
    refresh_all(store.connection)
    latest = ask(store.connection, "chain")
    assert latest == ask(store.connection, "chain", ist("11:07:00"))
    assert len(latest) > 12


def test_years_are_a_fraction_on_expiry_day(store: Store) -> None:
    connection = shown(store, quote("15:00:00", 24_600, 1, 1, day=EXPIRY))
    [row] = ask(connection, "chain")
    assert row["years"] == pytest.approx(0.5 / (365 * 24))


def pain(strikes: np.ndarray, call: np.ndarray, put: np.ndarray) -> tuple[float, float]:
    """By the definition, strike by strike."""
    payouts = [
        float(call @ np.maximum(at - strikes, 0) + put @ np.maximum(strikes - at, 0))
        for at in strikes
    ]
    best = int(np.argmin(payouts))
    return float(strikes[best]), payouts[best]


@pytest.mark.parametrize("seed", range(6))
def test_max_pain_and_pcr_of_random_chains(store: Store, seed: int) -> None:
    random = np.random.default_rng(seed)
    strikes = np.sort(random.choice(np.arange(20_000, 29_000, 50.0), 40, replace=False))
    call, put = random.integers(0, 90_000_000, (2, 40))
    call[random.random(40) < 0.2] = 0
    connection = shown(
        store,
        *(
            quote("10:00:00", float(strike), int(c), int(p))
            for strike, c, p in zip(strikes, call, put, strict=True)
        ),
    )
    for at in (None, ist("12:00:00")):
        [found] = ask(connection, "max_pain", at)
        assert (found["max_pain"], found["max_pain_payout"]) == pain(strikes, call, put)
        [ratio] = ask(connection, "pcr", at)
        assert (ratio["call_oi"], ratio["put_oi"]) == (call.sum(), put.sum())
        assert ratio["pcr_oi"] == pytest.approx(put.sum() / call.sum(), rel=1e-12)
        assert ratio["put_volume"] == 10 * put.sum()
        assert ratio["pcr_volume"] == pytest.approx(ratio["pcr_oi"], rel=1e-12)


def test_max_pain_tie_goes_to_the_lowest_strike(store: Store) -> None:
    """Calls at the lower and puts at the upper strike: nothing is gained between the two."""
    connection = shown(
        store, quote("10:00:00", 24_500, 75, 0), quote("10:00:00", 24_600, 0, 75)
    )
    assert ask(connection, "max_pain") == [
        {
            "expiry": EXPIRY,
            "max_pain": 24_500,
            "max_pain_payout": 7_500,
            "known_legs": 4,
            "legs": 4,
        }
    ]


def test_call_oi_is_never_put_oi(store: Store) -> None:
    connection = shown(
        store, quote("10:00:00", 24_500, 100, 0), quote("10:00:00", 24_600, 200, 75)
    )
    [ratio] = ask(connection, "pcr")
    assert (ratio["call_oi"], ratio["put_oi"], ratio["pcr_oi"]) == (300, 75, 0.25)


@pytest.mark.parametrize(("oi", "total"), [(None, None), (0, 0)])
def test_without_open_interest_nothing_is_divided(
    store: Store, oi: int | None, total: int | None
) -> None:
    connection = shown(store, quote("10:00:00", 24_600, oi, oi))
    assert ask(connection, "max_pain") == [
        {
            "expiry": EXPIRY,
            "max_pain": None,
            "max_pain_payout": None,
            "known_legs": 0 if oi is None else 2,
            "legs": 2,
        }
    ]
    [ratio] = ask(connection, "pcr")
    assert (ratio["call_oi"], ratio["put_volume"]) == (total, total)
    assert (ratio["pcr_oi"], ratio["pcr_volume"]) == (None, None)


def test_volume_of_an_earlier_session_is_in_no_ratio(store: Store) -> None:
    connection = shown(
        store,
        quote("10:00:00", 24_500, 100, 100),
        quote("10:00:00", 24_600, 20, 40, day=MONDAY),
    )
    [ratio] = ask(connection, "pcr")
    assert (ratio["call_oi"], ratio["put_oi"]) == (120, 140)
    assert (ratio["call_volume"], ratio["put_volume"]) == (200, 400)


def test_total_adds_volumes_of_the_newest_session_alone(store: Store) -> None:
    """An expiry last quoted on Friday has its own, and adds its OI only."""
    connection = shown(
        store,
        quote("10:00:00", 24_500, 100, 100, expiry=date(2025, 9, 30)),
        quote("10:00:00", 24_600, 20, 40, day=MONDAY),
    )
    near, far, total = select(connection, "SELECT * FROM analytics.pcr('NIFTY')")
    assert (near["call_volume"], near["put_volume"]) == (200, 400)
    assert (far["call_volume"], far["put_volume"]) == (1000, 1000)
    assert (total["call_oi"], total["put_oi"]) == (120, 140)
    assert (total["call_volume"], total["put_volume"], total["pcr_volume"]) == (
        200,
        400,
        2.0,
    )


def one_quote(connection: psycopg.Connection) -> None:
    store = Store(connection, source="test", rate=0.065, horizon=timedelta(days=30))
    shown(store, quote("10:00:00", 24_600, 1, 1))


@pytest.fixture
def stock() -> Stock:
    return one_quote


@pytest.fixture
def quoted(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.mark.parametrize("function", ["chain", "max_pain", "pcr"])
def test_instant_before_the_first_quote_is_empty(
    quoted: psycopg.Connection, function: str
) -> None:
    assert ask(quoted, function, ist("09:30:00")) == []


@pytest.mark.parametrize("function", ["chain", "chain_at", "max_pain", "pcr"])
@pytest.mark.parametrize(
    ("symbol", "expiry", "hint"),
    [("NIFT", EXPIRY, "NIFTY"), ("NIFTY", date(2025, 9, 3), str(EXPIRY))],
)
def test_what_is_not_known_is_refused_with_what_is(
    quoted: psycopg.Connection, function: str, symbol: str, expiry: date, hint: str
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as refused:
        quoted.execute(
            f"SELECT * FROM analytics.{function}(%s, %s, %s)".encode(),
            (symbol, expiry, ist("10:00:00")),
        )
    assert hint in str(refused.value.diag.message_hint)


def test_chain_at_needs_an_instant(quoted: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="no instant"):
        ask(quoted, "chain_at")


def test_every_function_says_what_it_gives(connection: psycopg.Connection) -> None:
    """`\\df+ analytics.*` reads as documentation."""
    named = select(
        connection,
        "SELECT proname, obj_description(oid, 'pg_proc') AS said FROM pg_proc"
        " WHERE pronamespace = 'analytics'::regnamespace",
    )
    assert {row["proname"] for row in named} > {"chain", "chain_at", "max_pain", "pcr"}
    assert [row["proname"] for row in named if not row["said"]] == []


def test_every_function_stands_in_the_documentation(
    connection: psycopg.Connection,
) -> None:
    text = (ROOT / "docs" / "metrics.md").read_text()
    named = connection.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'analytics'::regnamespace"
    ).fetchall()
    assert named
    assert [name for (name,) in named if f"`analytics.{name}" not in text] == []
