"""Contracts that were not quoted for more than 30 days: what is said of then stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.feature_chains import chain, features
from tests.support.quote_market import FRIDAY, LATER, MONDAY, Quote, Row, add, ask, ist

LONG_AGO = FRIDAY - timedelta(days=35)
AT = ist("10:05:00")
# What has to be given besides a symbol and an instant.
ARGUMENTS: Row = {"bar_chain": {"timeframe": "5min"}, "chain_at": {"expiry": None}}


def asked_at(store: Store) -> list[str]:
    """The functions of schema analytics that answer of an instant."""
    found = store.connection.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'analytics'::regnamespace"
        " AND 'p_at' = ANY(proargnames) AND 'p_symbol' = ANY(proargnames) ORDER BY 1"
    ).fetchall()
    return [name for (name,) in found]


def answers(store: Store) -> dict[str, list[Row]]:
    return {
        name: ask(store.connection, name, at=AT, **ARGUMENTS.get(name, {}))
        for name in asked_at(store)
    }


def old_strike(day: object, time: str = "10:00:00", oi: int = 900) -> Quote:
    """Of the next expiry, at the money: few would notice one far away."""
    [quote] = [
        quote
        for quote in chain(time, oi, day=day, expiry=LATER)  # type: ignore[arg-type]
        if quote.strike == 24_600
    ]
    return quote


def others(time: str, day: object = FRIDAY) -> list[Quote]:
    return [
        quote
        for quote in chain(time, day=day, expiry=LATER)  # type: ignore[arg-type]
        if quote.strike != 24_600
    ]


def again(store: Store) -> None:
    """It is quoted again, in the next session."""
    add(store, *others("10:00:00", MONDAY), old_strike(MONDAY, oi=1_200))


def in_one_batch(store: Store) -> None:
    """Late quotes come with it."""
    add(store, *others("10:05:30"), *others("10:00:00", MONDAY), old_strike(MONDAY))


@pytest.mark.parametrize("go_on", [again, in_one_batch])
def test_strike_that_is_quoted_again_changes_nothing_of_before(
    store: Store, go_on: Callable[[Store], None]
) -> None:
    add(store, old_strike(LONG_AGO))
    for time in ("09:50:00", "10:00:00", "10:05:00"):
        add(store, *chain(time), *others(time))
    answered, row = answers(store), features(store, AT)
    shown = [each for each in answered["chain"] if each["strike"] == 24_600]
    assert [each["call_oi"] for each in shown] == [7500, 900]
    go_on(store)
    again_answered = answers(store)
    for name, rows in answered.items():
        assert again_answered[name] == rows, name
    assert features(store, AT) == row


def test_quotes_from_long_ago_that_come_late_are_shown(store: Store) -> None:
    """Of a contract that was first stored with quotes of today."""
    add(store, *chain("10:00:00"), *others("10:00:00"))
    add(store, *others("10:00:00", MONDAY), old_strike(MONDAY))
    add(store, old_strike(LONG_AGO))
    rows = ask(store.connection, "chain", at=AT)
    shown = [row for row in rows if row["strike"] == 24_600]
    assert [row["call_oi"] for row in shown] == [7500, 900]


def test_change_since_before_a_strike_was_quoted_again(store: Store) -> None:
    add(store, old_strike(LONG_AGO))
    add(store, *chain("10:00:00"), *others("10:00:00"))
    add(store, *chain("10:04:00"), *others("10:04:00"), old_strike(FRIDAY, "10:04:00"))
    rows = ask(store.connection, "oi_change", at=AT, since=ist("10:00:00"))
    [row] = [row for row in rows if row["expiry"] == LATER and row["strike"] == 24_600]
    assert (row["call_oi_base"], row["call_oi_change"]) == (900, 0)
