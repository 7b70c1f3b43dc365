"""analytics.signals: classes, sides and scores, by hand."""

from datetime import date
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.oracle_signals import NAMED
from tests.support.plans import plan_nodes
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    LATER,
    MONDAY,
    SUNDAY,
    UNKNOWN,
    Leg,
    Quote,
    add,
    ask,
    ist,
    refuses,
    shown,
)
from tests.support.tape import LEGS

DAYS = [date(2025, 9, day) for day in (1, 2, 3, 4)]


def quote(time: str, call: Leg, put: Leg = UNKNOWN, **of: Any) -> Quote:
    """Both legs of a strike, 24,600 unless another is named."""
    strike = of.pop("strike", 24_600)
    return Quote(time, strike, call, put, underlying=24_610.0, **of)


def leg(oi: float | None, ltp: float | None, volume: float | None = None) -> Leg:
    return {"oi": oi, "ltp": ltp, "volume": volume}


def moved(store: Store, call: Leg, put: Leg = UNKNOWN) -> psycopg.Connection:
    """A strike that stood at OI 1,000 and 10 in both legs a quarter of an hour ago."""
    add(store, quote("10:00:00", leg(1_000, 10), leg(1_000, 10)))
    return shown(store, quote("10:15:00", call, put))


@pytest.mark.parametrize("signs", NAMED)
def test_class_and_side(store: Store, signs: tuple[int, int]) -> None:
    price, oi = signs
    [row] = ask(moved(store, leg(1_000 + 250 * oi, 10 + price)), "signals")
    assert (row["expiry"], row["strike"], row["leg"]) == (EXPIRY, 24_600, "call")
    assert (row["buildup"], row["side"]) == NAMED[signs]
    assert (row["oi_change"], row["oi_change_percent"]) == (250 * oi, 25 * oi)
    assert (row["price_change"], row["base_time"]) == (price, ist("10:00:00"))


@pytest.mark.parametrize(
    "now",
    [leg(1_000, 11), leg(1_100, 10), leg(None, 11), leg(1_100, None), UNKNOWN],
    ids=["same OI", "same price", "no OI", "no price", "nothing"],
)
def test_without_a_class_there_is_none(store: Store, now: Leg) -> None:
    assert ask(moved(store, now), "signals") == []


def test_score_is_made_of_its_columns(store: Store) -> None:
    """Turnover is 3,600 of 4,800 and 900 of 900 + 300; no session is known before."""
    connection = moved(store, leg(1_200, 11, 3_600), leg(900, 9, 300))
    call, put = ask(connection, "signals")
    assert (call["weight"], call["turnover"], call["unusualness"]) == (1, 0.75, None)
    assert call["score"] == pytest.approx((2 * 1 + 0.75) / 3)
    assert (put["leg"], put["weight"], put["turnover"]) == ("put", 0.5, 0.25)
    assert put["score"] == pytest.approx((2 * 0.5 + 0.25) / 3)
    assert call["volume_to_oi"] == 3
    assert call["reason"] == (
        "long_buildup: OI +200 (+20.0 %), price +1.00; volume 3.0 times OI"
    )
    assert put["reason"] == (
        "long_unwinding: OI -100 (-10.0 %), price -1.00; volume 0.3 times OI"
    )


def test_unknown_volume_is_left_out_of_the_score(store: Store) -> None:
    add(store, quote("10:00:00", leg(0, 10)))
    [row] = ask(shown(store, quote("10:15:00", leg(75, 11))), "signals")
    assert (row["score"], row["turnover"], row["volume_to_oi"]) == (1, None, None)
    assert row["oi_change_percent"] is None
    assert row["reason"] == "long_buildup: OI +75, price +1.00"


def test_history_counts_where_it_is_known(store: Store) -> None:
    """Volumes of 100, 200, 300 before: 500 is 3 deviations above, and 3 / (3 + 2) is 0.6."""
    for number, volume in enumerate((100, 200, 300)):
        add(
            store,
            quote("15:00:00", leg(75, 10, volume), day=DAYS[number], expiry=LATER),
        )
    of = {"day": DAYS[3], "expiry": LATER}
    add(store, quote("10:00:00", leg(1_500, 10, 0), leg(75, 10, 0), **of))
    connection = shown(
        store, quote("10:15:00", leg(500, 9, 500), leg(1_075, 9, 0), **of)
    )
    call, put = ask(connection, "signals")
    assert (call["leg"], call["volume_z"], call["oi_change_z"]) == ("call", 3, None)
    assert call["unusualness"] == pytest.approx(0.6)
    assert call["score"] == pytest.approx((2 * 1 + 0.5 + 0.6) / 4)
    assert call["reason"].endswith("; 3.0 deviations from its own sessions")
    assert (put["unusualness"], put["score"]) == (None, pytest.approx(2 / 3))


def test_quiet_leg_is_not_unusual(store: Store) -> None:
    """A volume below the mean counts 0, and not less."""
    for number, volume in enumerate((100, 200, 300)):
        add(
            store,
            quote("15:00:00", leg(75, 10, volume), day=DAYS[number], expiry=LATER),
        )
    of = {"day": DAYS[3], "expiry": LATER}
    add(store, quote("10:00:00", leg(75, 10, 0), **of))
    [row] = ask(shown(store, quote("10:15:00", leg(150, 9, 50), **of)), "signals")
    assert (row["volume_z"], row["unusualness"]) == (-1.5, 0)
    assert row["score"] == pytest.approx((2 + 0.25 + 0) / 4)
    assert "deviations" not in row["reason"]


def test_base_is_a_quarter_of_an_hour_back(store: Store) -> None:
    """Not a second less; a leg not quoted since has not changed."""
    add(store, quote("09:15:00", leg(100, 1)), quote("09:15:00", leg(1, 1), strike=1))
    add(store, quote("10:00:00", leg(200, 2)), quote("10:00:00", leg(9, 9), strike=1))
    add(store, quote("10:00:01", leg(400, 1)))
    [row] = ask(shown(store, quote("10:15:00", leg(300, 4))), "signals")
    assert (row["oi_change"], row["price_change"]) == (100, 2)
    assert row["base_time"] == ist("10:00:00")


def test_early_in_a_session_the_base_is_its_first_quote(store: Store) -> None:
    """What happened overnight is no signal."""
    add(store, quote("15:20:00", leg(900, 90)))
    connection = shown(store, quote("09:15:00", leg(100, 10), day=MONDAY))
    assert ask(connection, "signals") == []
    [row] = ask(shown(store, quote("09:20:00", leg(175, 11), day=MONDAY)), "signals")
    assert (row["oi_change"], row["base_time"]) == (75, ist("09:15:00", MONDAY))


def test_last_signals_stand_until_the_next_session(store: Store) -> None:
    """What is quoted after the close moves the clock, and is in no signal."""
    add(store, quote("15:10:00", leg(100, 10)), quote("15:25:00", leg(175, 11)))
    before = ask(shown(store), "signals")
    assert [row["oi_change"] for row in before] == [75]
    add(store, quote("15:55:00", leg(900, 1)), quote("12:00:00", leg(1, 1), day=SUNDAY))
    assert ask(shown(store), "signals") == before


def test_instant_that_is_looked_back_to(store: Store) -> None:
    add(store, quote("10:00:00", leg(100, 10)), quote("10:10:00", leg(175, 11)))
    connection = shown(store, quote("10:40:00", leg(75, 9)))
    [row] = ask(connection, "signals", at=ist("10:30:00"))
    assert (row["oi_change"], row["side"]) == (75, "BUY")
    [row] = ask(connection, "signals", at=ist("10:40:00"))
    assert (row["oi_change"], row["side"]) == (-100, "SELL")
    for early in ("10:00:00", "09:30:00"):
        assert ask(connection, "signals", at=ist(early)) == []


def test_ties_go_by_expiry_strike_and_leg(store: Store) -> None:
    strikes = (24_650, 24_550, 24_600)
    for time, oi in (("10:00:00", 100), ("10:15:00", 175)):
        add(
            store,
            *(
                quote(time, leg(oi, oi), leg(oi, oi), strike=strike, expiry=expiry)
                for expiry in (LATER, EXPIRY)
                for strike in strikes
            ),
        )
    rows = ask(shown(store), "signals", limit=None)
    assert {row["score"] for row in rows} == {1}
    assert [(row["expiry"], row["strike"], row["leg"]) for row in rows] == [
        (expiry, strike, leg)
        for expiry in (EXPIRY, LATER)
        for strike in sorted(strikes)
        for leg in LEGS
    ]
    assert ask(store.connection, "signals") == rows[:10]
    assert ask(store.connection, "signals", limit=3) == rows[:3]


def test_limit_is_a_number(store: Store) -> None:
    connection = moved(store, leg(1_075, 11))
    for limit in (0, -1):
        refuses(connection, "signals", "bad_limit", "from 1", limit=limit)


def test_what_is_not_known_is_refused(store: Store) -> None:
    connection = moved(store, leg(1_075, 11))
    refuses(connection, "signals", "unknown_symbol", "NIFTY", symbol="NIFT")


def test_without_quotes_there_is_none(store: Store) -> None:
    assert ask(store.connection, "signals") == []


def test_base_is_found_in_its_session_only(store: Store) -> None:
    """Whatever lies before: nothing of an earlier day is touched."""
    for day in (FRIDAY, MONDAY):
        for time in ("10:00:00", "10:15:00"):
            add(store, quote(time, leg(75, 10), day=day, expiry=LATER))
    nodes = plan_nodes(shown(store), "SELECT * FROM analytics.signals('NIFTY')")
    scans = [
        node
        for node in nodes
        if node.get("Alias", "").startswith("quote")
        and node.get("Relation Name", "option_quote") != "option_quote"
    ]
    assert len({node["Relation Name"] for node in scans}) == 1
    assert sum(node["Actual Rows"] for node in scans) == 1
