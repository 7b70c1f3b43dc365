"""What is not known is refused with a hint that names what is nearest."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import FRIDAY, Quote, add, value

Refused = psycopg.errors.InvalidParameterValue


def hint_of(connection: psycopg.Connection, statement: str, *values: object) -> str:
    with pytest.raises(Refused) as refused:
        connection.execute(statement.encode(), values)
    return str(refused.value.diag.message_hint)


def distance(one: str, other: str) -> int:
    """By the recursive definition."""
    if not one or not other:
        return len(one) + len(other)
    return min(
        distance(one[1:], other) + 1,
        distance(one, other[1:]) + 1,
        distance(one[1:], other[1:]) + (one[0].lower() != other[0].lower()),
    )


def test_distance_is_the_least_number_of_changes(
    connection: psycopg.Connection,
) -> None:
    dice = random.Random(4)
    words = ["", "NIFTY", *("".join(dice.choices("NnIF", k=4)) for _ in range(8))]
    for one in words:
        for other in words:
            found = value(connection, "SELECT ops.edit_distance(%s, %s)", one, other)
            assert found == distance(one, other), (one, other)


def test_few_words_are_all_named(connection: psycopg.Connection) -> None:
    hint = hint_of(connection, "SELECT ops.check_known('x', 'c', '{b,a}')")
    assert hint == "Send one of: b, a."


@pytest.mark.parametrize("known", ["'{}'", "NULL"])
def test_nothing_known_is_said(connection: psycopg.Connection, known: str) -> None:
    hint = hint_of(connection, f"SELECT ops.check_known('x', 'c', {known})")
    assert hint == "There is none."


def test_of_many_symbols_the_nearest_are_named(store: Store) -> None:
    connection = store.connection
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO fo.instrument (symbol, exchange) VALUES (%s, 'NSE')",
            [(f"COMPANY{number}",) for number in range(30)],
        )
    hint = hint_of(connection, "SELECT * FROM analytics.chain('NIFTI')")
    assert hint.startswith("The nearest are: NIFTY, ")
    assert hint.count(",") == 4


def test_nearest_expiries_are_named(store: Store) -> None:
    expiries = [FRIDAY + timedelta(days=7 * week) for week in range(12)]
    add(
        store,
        *(Quote("10:00:00", 24_600, {"ltp": 1.0}, expiry=each) for each in expiries),
    )
    asked = expiries[6] + timedelta(days=1)
    hint = hint_of(
        store.connection, "SELECT * FROM analytics.chain('NIFTY', %s)", asked
    )
    assert (
        dates_of(hint)
        == sorted(expiries, key=lambda expiry: (abs(expiry - asked), expiry))[:5]
    )


def dates_of(hint: str) -> Sequence[date]:
    words = hint.removeprefix("Send one of: ").removesuffix(".").split(", ")
    return [date.fromisoformat(word) for word in words]
