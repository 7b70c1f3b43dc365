"""Labels and what options imply, against the path of the underlying that the test made."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.feature_market import opened, play, snapshot, wave
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    MONDAY,
    Row,
    add,
    ist,
    select,
    value,
)

MINUTES = 60
HORIZON = timedelta(minutes=15)
CLOSE = 375  # minutes after the open


def logged(connection: psycopg.Connection, *minutes: float, **figures: float) -> None:
    """Rows of fo.feature, as somebody logged them."""
    for minute in minutes:
        connection.execute(
            "INSERT INTO fo.feature (symbol, at, expiry, origin, figures)"
            " VALUES ('NIFTY', %s, %s, 'logged', %s::text::jsonb)",
            [opened(minutes=minute), EXPIRY, str(figures or {}).replace("'", '"')],
        )


def rows(
    connection: psycopg.Connection,
    label: str = "direction",
    threshold: float | None = None,
    horizon: timedelta = HORIZON,
) -> list[Row]:
    return select(
        connection,
        "SELECT * FROM ops.training_rows('{NIFTY}', '-infinity', 'infinity', %s, %s, %s)",
        label, horizon, threshold,
    )  # fmt: skip


def test_labels_are_those_of_the_path(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(MINUTES))
    logged(connection, *range(MINUTES))
    found = rows(connection)
    assert [row["at"] for row in found] == [
        opened(minutes=n)
        for n in range(MINUTES - 15)  # of later ones it is not known
    ]
    moves = [wave(n + 15) / wave(n) - 1 for n in range(MINUTES - 15)]
    assert [row["move"] for row in found] == pytest.approx(moves, rel=1e-12)
    assert [row["label"] for row in found] == [int(move > 0) for move in moves]
    assert {row["label_at"] - row["at"] for row in found} == {HORIZON}
    assert {str(row["session"]) for row in found} == {str(FRIDAY)}
    sizes = rows(connection, "size", 0.002)
    assert [row["label"] for row in sizes] == [int(abs(move) > 0.002) for move in moves]
    assert 0 < sum(row["label"] for row in sizes) < len(sizes)


def test_later_quotes_change_no_earlier_label(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(40))
    logged(connection, *range(40))
    before = rows(connection)
    play(store, range(40, 80), lambda _: 30_000.0)
    assert rows(connection)[: len(before)] == before


def move(
    connection: psycopg.Connection, at: datetime, horizon: timedelta = HORIZON
) -> Row:
    [row] = select(
        connection, "SELECT * FROM ops.horizon_move('NIFTY', %s, %s)", at, horizon
    )
    return row


def test_horizon_ends_in_the_session(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(CLOSE - 20, CLOSE + 1))
    play(store, range(5), day=MONDAY)
    last = move(connection, opened(minutes=CLOSE - 15))
    assert last["move"] == pytest.approx(wave(CLOSE) / wave(CLOSE - 15) - 1)
    assert last["ends_at"] == ist("15:30:00")
    late = move(connection, opened(minutes=CLOSE - 14))
    assert (late["move"], late["reason"]) == (
        None,
        "the horizon ends after the session",
    )
    night = move(connection, datetime(2025, 8, 29, 15, tzinfo=UTC))
    assert (night["move"], night["reason"]) == (None, "it is outside of a session")


def test_reasons_and_prices_that_are_too_old(
    store: Store, connection: psycopg.Connection
) -> None:
    for minute in (0, 10, 40, 41):
        add(store, *snapshot(minute, 24_600 + minute))
    found: dict[float, Any] = {
        n: move(connection, opened(minutes=n)) for n in (0, 9, 25, 27)
    }
    assert found[0]["move"] == pytest.approx(
        10 / 24_600
    )  # known 5 minutes before its end
    assert found[9]["reason"] == "the underlying was not known then"
    assert found[25]["reason"] == "the underlying was not known then"
    assert found[27]["move"] is None and found[27]["reason"] is not None
    hole = move(connection, opened(minutes=10))
    assert hole["reason"] == "the underlying was not known when the horizon ended"
    ahead = move(connection, opened(minutes=41))
    assert (ahead["move"], ahead["reason"]) == (None, None)  # it is not over


def test_options_imply_their_share_of_open_hours(
    store: Store, connection: psycopg.Connection
) -> None:
    play(store, range(40))
    logged(connection, 10, atm_iv=0.2)
    logged(connection, 11)
    known, unknown = rows(connection)
    at = opened(minutes=10)
    expires_at = value(connection, "SELECT min(expires_at) FROM fo.expiry")
    years = (expires_at - at) / timedelta(days=365)
    # What is left of Friday, all of Monday, and Tuesday until the contracts expire.
    hours = (CLOSE - 10 + 2 * CLOSE) / 60
    variance = 0.2**2 * years * (15 / 60) / hours
    assert known["implied_variance"] == pytest.approx(variance, rel=1e-9)
    assert known["implied_mean"] == pytest.approx(-variance / 2, rel=1e-9)
    assert math.sqrt(variance) == pytest.approx(0.003, rel=0.5)
    assert unknown["implied_variance"] is None
