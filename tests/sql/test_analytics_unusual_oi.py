"""analytics.unusual_oi: legs against their own sessions, by hand and against NumPy."""

from datetime import date

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.plans import plan_nodes
from tests.support.quote_market import (
    LATER,
    UNKNOWN,
    Leg,
    Quote,
    Row,
    add,
    ask,
    column,
    ist,
    refuses,
    shown,
)
from tests.support.seeds import seeds
from tests.support.tape import random_tape
from tests.support.unusual import FIGURES, unusual

KEY = ("expiry", "strike", "leg")
DAYS = [date(2025, 9, day) for day in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12)]


def quote(
    number: int,
    call: Leg,
    put: Leg = UNKNOWN,
    time: str = "10:00:00",
    strike: float = 24_600,
) -> Quote:
    """A quote of the session of that number."""
    return Quote(time, strike, call, put, 24_610.0, DAYS[number], LATER)


def leg(oi: float | None, volume: float | None) -> Leg:
    return {"ltp": 10.0, "oi": oi, "volume": volume}


def test_fifth_session_against_four(store: Store) -> None:
    """Mean 250 and deviation 129.1 of the volumes, so that 508 is 2 deviations above."""
    for number, volume in enumerate((100, 200, 300, 400)):
        add(store, quote(number, leg(1_000, 0)))
        add(store, quote(number, leg(1_000 + volume, volume), time="15:00:00"))
    add(store, quote(4, leg(5_000, 10)))
    connection = shown(store, quote(4, leg(4_900, 508), time="11:00:00"))
    call, put = ask(connection, "unusual_oi", expiry=LATER)
    assert (call["expiry"], call["strike"], call["leg"]) == (LATER, 24_600, "call")
    assert (call["oi"], call["oi_change"], call["volume"]) == (4_900, -100, 508)
    assert call["volume_to_oi"] == pytest.approx(508 / 4_900)
    assert (call["sessions"], call["volume_mean"], call["oi_change_mean"]) == (
        4,
        250,
        250,
    )
    assert call["oi_mean"] == 1_250
    deviation = np.sqrt((150**2 + 50**2 + 50**2 + 150**2) / 3)
    for name in ("oi_deviation", "oi_change_deviation", "volume_deviation"):
        assert call[name] == pytest.approx(deviation)
    assert call["volume_z"] == pytest.approx(258 / deviation)
    assert call["oi_change_z"] == pytest.approx(-350 / deviation)
    assert call["oi_z"] == pytest.approx(3_650 / deviation)
    assert (put["leg"], put["sessions"]) == ("put", 0)
    assert {put[name] for name in (*FIGURES, "volume_mean", "volume_z")} == {None}


def test_two_sessions_are_too_few(store: Store) -> None:
    for number in range(4):
        add(store, quote(number, leg(100, 10 * number * number)))
    connection = shown(store)
    for sessions, is_told in ((3, True), (2, False)):
        call = ask(connection, "unusual_oi", sessions=sessions)[0]
        assert call["sessions"] == sessions
        assert (call["volume_z"] is not None) == is_told
        assert call["volume_mean"] == (50 / 3 if is_told else 25)
    # One session has a mean, and no deviation from it.
    call = ask(connection, "unusual_oi", sessions=1)[0]
    assert (call["volume_mean"], call["volume_deviation"]) == (40, None)


def test_what_never_deviates_has_no_score(store: Store) -> None:
    """Also the ratio, a third, whose sum is rounded."""
    for number in range(6):
        add(store, quote(number, leg(300, 100)))
    call = ask(shown(store, quote(6, leg(900, 900))), "unusual_oi")[0]
    assert call["sessions"] == 6 and call["volume_to_oi"] == 1
    assert call["volume_to_oi_mean"] == pytest.approx(1 / 3)
    assert {call[f"{name}_z"] for name in FIGURES} == {None}


def test_contract_of_an_earlier_session_has_no_change(store: Store) -> None:
    """Its OI still stands; its volume was another session's."""
    add(store, quote(0, leg(75, 75), strike=24_500), quote(0, leg(75, 75)))
    old, _, new, _ = ask(shown(store, quote(1, leg(150, 30))), "unusual_oi")
    assert (old["oi"], old["oi_change"], old["volume"]) == (75, None, None)
    assert (old["volume_to_oi"], old["sessions"]) == (None, 1)
    assert (new["oi"], new["oi_change"], new["volume"]) == (150, 0, 30)


def test_no_open_interest_divides_nothing(store: Store) -> None:
    call, put = ask(shown(store, quote(0, leg(0, 75), leg(None, 75))), "unusual_oi")
    assert (call["oi"], call["volume_to_oi"]) == (0, None)
    assert (put["oi_change"], put["volume"], put["volume_to_oi"]) == (None, 75, None)


@seeds(3)
def test_random_sessions(store: Store, seed: int) -> None:
    """The latest, and at instants at which a session was not yet over."""
    random = np.random.default_rng(seed)
    tape = random_tape(random, DAYS, quotes=4, unknown=0.3, expiry=LATER)
    connection = shown(store, *tape.quotes())
    for at in (None, ist("12:00:00", DAYS[-1]), ist("13:00:00", DAYS[6])):
        for sessions in (20, 4):
            rows = ask(connection, "unusual_oi", at=at, sessions=sessions)
            expected = list(unusual(tape, at or ist("15:30:00", DAYS[-1]), sessions))
            assert len(rows) == len(expected) >= 6
            keys = [tuple(row[name] for name in KEY) for row in rows]
            assert keys == [tuple(row[name] for name in KEY) for row in expected]
            for name in expected[0].keys() - set(KEY):
                found, figures = column(rows, name), column(expected, name)
                np.testing.assert_allclose(found, figures, 1e-9, err_msg=name)


def test_cost_does_not_grow_with_history(store: Store) -> None:
    """Of each contract, its session's bar and those that are looked back on."""
    strikes = [24_000.0 + 50 * number for number in range(30)]
    counts = []
    for first, end in ((0, 5), (5, 10)):
        for number in range(first, end):
            add(
                store,
                *(quote(number, leg(75, 75), strike=strike) for strike in strikes),
            )
        connection = shown(store)
        connection.execute("ANALYZE")
        counts.append(bars_read(connection))
    assert counts == [(3 + 1) * len(strikes)] * 2


def bars_read(connection: psycopg.Connection) -> int:
    nodes = plan_nodes(
        connection, "SELECT * FROM analytics.unusual_oi('NIFTY', p_sessions => 3)"
    )
    scans = [node for node in nodes if "bucket_time" in node.get("Index Cond", "")]
    return sum(round(node["Actual Rows"] * node["Actual Loops"]) for node in scans)


def test_sessions_are_a_number(store: Store) -> None:
    connection = shown(store, quote(0, leg(75, 75)))
    for sessions in (0, -1, 1_001, None):
        refuses(
            connection, "unusual_oi", "bad_sessions", "1 to 1000", sessions=sessions
        )


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = shown(store, quote(0, leg(75, 75)))
    refuses(connection, "unusual_oi", "unknown_symbol", "NIFTY", symbol="NIFT")
    refuses(connection, "unusual_oi", "unknown_expiry", str(LATER), expiry=DAYS[1])


def test_before_the_first_quote_there_is_none(store: Store) -> None:
    connection = shown(store, quote(0, leg(75, 75)))
    rows: list[Row] = ask(connection, "unusual_oi", at=ist("09:30:00", DAYS[0]))
    assert rows == []
