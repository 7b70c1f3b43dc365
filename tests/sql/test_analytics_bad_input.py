"""Whatever a function of schema analytics is asked, it answers, or says what to send."""

import random

import psycopg
import pytest
from psycopg import sql

from jobs.refresh import refresh_all
from jobs.store import Store
from tests.sql.market import EXPIRY, Quote, add

CALLS = 40  # of each function
# What a type allows, some of it sensible.
VALUES: dict[str, list[object]] = {
    "text": ["5min", "1d", "oi", "call", "", "x", "'; --", None],
    "date": [EXPIRY, "infinity", "-infinity", "0001-01-01", "2025-08-01", None],
    "timestamp with time zone": [
        "2025-09-01 10:05+05:30", "infinity", "-infinity", "2030-01-01", "0001-01-01", None,
    ],
    "interval": ["15 minutes", "0", "-1 day", "1000000 years", "infinity", None],
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
    for name, names, types in functions(market):
        for _ in range(CALLS):
            sent = {
                n: random.choice(VALUES[t]) for n, t in zip(names, types, strict=True)
            }
            sent["p_symbol"] = random.choice(["NIFTY"] * 9 + [None])
            answered += answers(
                market, name, sent, dict(zip(names, types, strict=True))
            )
    assert answered > CALLS


def functions(connection: psycopg.Connection) -> list[tuple[str, list[str], list[str]]]:
    """Each with the names and types of what it takes."""
    return connection.execute("""
        SELECT
            function.proname,
            array_agg(function.proargnames[number] ORDER BY number),
            array_agg(format_type(function.proargtypes[number - 1], NULL) ORDER BY number)
        FROM pg_proc AS function
        CROSS JOIN generate_series(1, function.pronargs) AS number
        WHERE function.pronamespace = 'analytics'::regnamespace
        GROUP BY function.oid, function.proname
        ORDER BY function.proname
    """).fetchall()


def answers(
    connection: psycopg.Connection,
    name: str,
    sent: dict[str, object],
    types: dict[str, str],
) -> bool:
    call = sql.SQL("SELECT * FROM analytics.{}({})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(
            sql.SQL("{} => {}::" + types[each]).format(
                sql.Identifier(each), sql.Placeholder(each)
            )
            for each in sent
        ),
    )
    try:
        connection.execute(call, sent).fetchall()
    except psycopg.errors.InvalidParameterValue as error:
        assert error.diag.message_hint, call.as_string(connection)
        return False
    except psycopg.Error as error:
        pytest.fail(f"{error} ({name} of {sent})")
    return True
