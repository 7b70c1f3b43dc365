"""Postgres goes away while a feed is stored: nothing that was read is lost, or stored twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.db.connection import connect
from pgstrike.db.embedded.server import Server
from pgstrike.jobs.ingest.outage import Outage
from pgstrike.jobs.ingest.reconnect import add_again
from pgstrike.jobs.ingest.store import Store
from tests.support.cli import counts
from tests.support.feeds import read_json
from tests.support.ingesting import (
    PATIENCE,
    ingesting,
    quote,
    stored,
    wait_until_stored,
)
from tests.support.quote_market import value

NOISE = b"not json\n"


@pytest.mark.long
def test_no_line_is_lost_while_the_server_is_away(
    server: Server,
    database: str,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
) -> None:
    """It is stopped or killed, lines go on coming, and it comes back; then again."""
    outages = times(2, 20)
    written = 0
    with ingesting(database) as ingest:
        for outage in range(1, outages + 1):
            ingest.write(quote(written), NOISE)
            written += 1
            wait_until_stored(database, written)
            server.stop("immediate" if outage % 2 else "fast")
            ingest.write(*map(quote, range(written, written + 25)), NOISE)
            written += 25
            ingest.wait_for("the database is away", outage)
            server.start()
            ingest.wait_for("the database is back after", outage)
        summary = ingest.end()
    assert summary["rows read"] == written + 2 * outages
    assert summary["malformed"] == 2 * outages
    assert "read, not stored" not in summary
    assert ingest.said("Traceback") == 0
    with psycopg.connect(database, autocommit=True) as connection:
        assert stored(connection) == written
        rejects = connection.execute(
            "SELECT times, row FROM fo.quote_reject"
        ).fetchall()
        assert rejects == [(2 * outages, "not json")]
        twice = "SELECT count(*) FROM fo.event WHERE topic = 'chain'"
        assert value(connection, twice) == value(
            connection,
            "SELECT count(DISTINCT payload::jsonb - 'id') FROM fo.event"
            " WHERE topic = 'chain'",
        )
        shown = (
            "SELECT max(quote_time) FROM fo.latest_snapshot WHERE timeframe = 'live'"
        )
        clock = "SELECT clock FROM fo.instrument WHERE symbol = 'NIFTY'"
        assert value(connection, shown) == value(connection, clock)
    measured(f"outage: {outages} outages, {written} lines written, 0 lost, 0 twice")


def test_silent_network_is_noticed(database: str) -> None:
    """By the kernel, within a minute, unless the DSN says otherwise."""
    with connect(database, "test") as usual:
        assert usual.info.get_parameters()["tcp_user_timeout"] == "60000"
    with connect(f"{database} tcp_user_timeout=5000", "test") as own:
        found = own.info.get_parameters()
        assert (found["tcp_user_timeout"], found["keepalives_idle"]) == ("5000", "30")


def test_interrupted_while_waiting_says_what_was_not_stored(
    server: Server, database: str
) -> None:
    with ingesting(database) as ingest:
        ingest.write(quote(0))
        wait_until_stored(database, 1)
        server.stop("immediate")
        ingest.write(quote(1))
        ingest.wait_for("the database is away")
        summary = ingest.interrupt()
    assert (summary["rows read"], summary["read, not stored"]) == (1, 1)
    assert ingest.said("Traceback") == 0


def test_refused_statement_ends_it_in_one_line(database: str) -> None:
    """It would be refused again, for ever."""
    with ingesting(database) as ingest, psycopg.connect(database) as owner:
        ingest.write(quote(0))
        wait_until_stored(database, 1)
        owner.execute("ALTER TABLE fo.contract ADD CHECK (strike < 20000) NOT VALID")
        owner.commit()
        ingest.write(quote(1))
        assert ingest.child.wait(PATIENCE) == 1
        ingest.wait_for("pgstrike: the database refused")
        assert ingest.child.stdout is not None
        summary = counts(ingest.child.stdout.read().decode())
    assert summary["read, not stored"] == 1
    assert ingest.said("the database is away") == 0


def test_full_disk_is_waited_for(database: str) -> None:
    """As PostgreSQL says it: the statement fails and the connection stays."""
    with (
        ingesting(database) as ingest,
        psycopg.connect(database, autocommit=True) as owner,
    ):
        ingest.write(quote(0))
        wait_until_stored(database, 1)
        owner.execute(
            "CREATE FUNCTION fo.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device'"
            " USING ERRCODE = 'disk_full'; END $$;"
            "CREATE TRIGGER full_disk BEFORE UPDATE ON fo.contract"
            " FOR EACH ROW EXECUTE FUNCTION fo.full_disk()"
        )
        ingest.write(quote(1))
        ingest.wait_for("No space left on device")
        owner.execute("DROP FUNCTION fo.full_disk CASCADE")
        ingest.wait_for("the database is back after")
        assert ingest.end()["stored"] == 2


def test_lost_answer_to_a_commit_doubles_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is committed, and its connection ends before that is known."""
    batch = read_json(quote(0).decode(), "not json")
    store = Store(
        connect(database, "ingest"),
        source="test",
        rate=0.065,
        horizon=timedelta(days=30),
    )
    lost = iter([True, False])
    add = store.add

    def add_and_lose(found: Any) -> Any:
        came_to = add(found)
        if next(lost):
            store.connection.close()
            raise psycopg.OperationalError("the connection is lost")
        return came_to

    monkeypatch.setattr(store, "add", add_and_lose)
    said, rejects = Outage(lambda: 0, lambda _: None).endure(
        lambda: add_again(database, store, batch)
    )
    store.connection.close()
    assert (said.stored, said.unchanged, len(rejects)) == (0, 1, 1)
    with psycopg.connect(database) as connection:
        assert stored(connection) == 1
        assert value(connection, "SELECT count(*) FROM fo.event") == 1
        assert value(connection, "SELECT count(*) FROM fo.quote_reject") == 1
