"""Whatever a function of schema analytics is asked, it answers, or says what to send."""

import random

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import EXPIRY, Quote, add

CALLS = 40  # of each function
# What a type allows, some of it sensible.
VALUES: dict[str, list[object]] = {
    "text": ["5min", "1d", "oi", "call", "", "x", "'; --", None],
    "date": [EXPIRY, "infinity", "-infinity", "0001-01-01", "2025-08-01", None],
    "timestamp with time zone": [
        "2025-09-01 10:05+05:30", "infinity", "-infinity", "2030-01-01", "0001-01-01", None,
    ],
    "interval": ["15 minutes", "0", "-1 day", "1000000 years", "infinity", None],
    "boolean": [True, False, None],
    "integer": [1, 5, 0, -1, 2**31 - 1, -(2**31), None],
    "double precision": [24_600.0, 0.0, -1.0, "NaN", "Infinity", None],
    "double precision[]": [[24_600.0], [], ["NaN", None], None],
    "date[]": [[EXPIRY], [], [None], ["infinity"], None],
}  # fmt: skip


@pytest.fixture
def market(store: Store) -> psycopg.Connection:
    for minute in range(3):
        chain = [
            Quote(
                f"10:{minute:02}:00", strike,
                {"ltp": 10.0 + minute, "oi": 75 * (minute + 1), "iv": 0.12},
                {"ltp": 11.0 - minute, "oi": 150, "iv": 0.13},
                underlying=24_600.0,
            )
            for strike in (24_500, 24_600, 24_700)
        ]  # fmt: skip
        add(store, *chain)
    refresh_all(store.connection)
    return store.connection


def test_any_argument_is_answered_or_refused_in_words(
    market: psycopg.Connection,
) -> None:
    """22023 is what pgstrike says itself; nothing else may come out."""
    random.seed(7)
    answered = 0
    for metric, types in parameters(market):
        for _ in range(CALLS):
            sent = {name: random.choice(VALUES[type]) for name, type in types.items()}
            sent["symbol"] = random.choice(["NIFTY"] * 9 + [None])
            answered += answers(market, metric, types, sent)
    assert answered > CALLS


def parameters(connection: psycopg.Connection) -> list[tuple[str, dict[str, str]]]:
    """Of each function what it can be told, and of which type."""
    return connection.execute("""
        SELECT metric, jsonb_object_agg(parameter, type) FROM ops.metric_parameter
        GROUP BY metric ORDER BY metric
    """).fetchall()


def answers(
    connection: psycopg.Connection,
    metric: str,
    types: dict[str, str],
    sent: dict[str, object],
) -> bool:
    arguments = ", ".join(f"p_{name} => %({name})s::{types[name]}" for name in types)
    statement = f"SELECT * FROM analytics.{metric}({arguments})"
    try:
        connection.execute(statement.encode(), sent).fetchall()
    except psycopg.errors.InvalidParameterValue as error:
        assert error.diag.message_hint, (metric, sent)
        return False
    except psycopg.Error as error:
        pytest.fail(f"{error} ({metric} of {sent})")
    return True
