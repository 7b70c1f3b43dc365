"""The sessions of an exchange: loaded again, corrected, and of the user."""

from datetime import date

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.calls import column, read
from tests.support.plans import most_rows, plan_nodes
from tests.support.quote_market import FRIDAY, add, ist, value


def test_correction_stands_beside_every_later_load(
    store: Store, connection: psycopg.Connection, dsn: str
) -> None:
    """Also one that was made in SQL."""
    sunday = date(2025, 8, 31)
    connection.execute(
        "INSERT INTO fo.session (exchange, session, opens_at, closes_at)"
        " VALUES ('NSE', %s, %s, %s)",
        [sunday, ist("10:00:00", sunday), ist("11:00:00", sunday)],
    )
    add(store, read("10:00:00"))
    connection.execute("SELECT ops.correct_session('NSE', %s, NULL, NULL)", [FRIDAY])
    with psycopg.connect(dsn, autocommit=True) as own:
        other = Store(own, source="test", rate=0.065, horizon=store.horizon)
        add(other, read("10:01:00"), read("10:30:00", day=sunday))
    assert column(connection, "in_session") == [True, False, True]


def test_row_of_the_user_replaces_the_others_of_its_date(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, read("10:00:00"))
    connection.execute(
        "INSERT INTO fo.session (exchange, session, kind) VALUES ('NSE', %s, 'closed')",
        [FRIDAY],
    )
    kinds = "SELECT array_agg(kind || ' ' || source) FROM fo.session WHERE session = %s"
    assert value(connection, kinds, FRIDAY) == ["closed user"]


def test_unchanged_calendar_is_not_written_again(
    store: Store, connection: psycopg.Connection, dsn: str
) -> None:
    add(store, read("10:00:00"))
    versions = "SELECT array_agg(xmin::text ORDER BY session) FROM fo.session"
    before = value(connection, versions)
    assert len(before) > 250
    with psycopg.connect(dsn, autocommit=True) as own:
        add(
            Store(own, source="test", rate=0.065, horizon=store.horizon),
            read("10:01:00"),
        )
    assert value(connection, versions) == before
    assert value(connection, "SELECT count(*) FROM job.stale_session") == 0


def test_unknown_exchange_is_refused(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="unknown exchange"):
        connection.execute(
            "SELECT ops.correct_session('XYZ', %s, NULL, NULL)", [FRIDAY]
        )


def test_loading_a_year_again_compares_each_date_once(
    connection: psycopg.Connection,
) -> None:
    """A loop over all pairs of dates takes half a second, at each start of a feed."""
    load = (
        "SELECT ops.load_sessions('NSE', '2025-01-01', '2025-12-31', 'test',"
        " '{}', '{}', '{}', '{}', '{}')"
    )
    connection.execute(load.encode())
    days = value(connection, "SELECT count(*) FROM fo.session")
    assert days > 200
    assert most_rows(plan_nodes(connection, load)) <= 2 * days
