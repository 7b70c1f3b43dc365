"""An edge on a server of its own: what it holds, tells and refuses."""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.refresh.refresh import refresh_snapshot
from tests.support.cli import refused
from tests.support.edges import (
    Pair,
    command,
    connected,
    newest,
    refreshing,
    served_by_edge,
    served_by_primary,
    two_servers,
    wait_until_followed,
)
from tests.support.live_market import append, open_store, quote, refresh
from tests.support.supervised import listeners, workers

ANSWERS = (
    "metrics/chain?symbol=NIFTY",
    "metrics/pcr?symbol=NIFTY",
    "metrics/max_pain?symbol=NIFTY",
    "metrics/oi_series?symbol=NIFTY",
    "metrics/expiry_series?symbol=NIFTY&indicator=atm_iv",
    "metrics/expiries?symbol=NIFTY",
)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """The primary had quotes before the edge was added."""
    with two_servers() as made:
        with connected(made.primary) as primary:
            store = open_store(primary)
            for minute in (1, 2, 7):
                quote(store, minute, seed=minute)
            refresh(primary)
        added = command(made, "add", "--primary", made.primary.dsn())
        assert added.returncode == 0, added.stderr
        yield made


@pytest.mark.long
def test_workers_of_a_host_share_a_listener(pair: Pair) -> None:
    environ = {
        "PGSTRIKE_SOURCE": "edge",
        "PGSTRIKE_PRIMARY_DSN": pair.primary.dsn(),
    }
    with workers(pair.edge.dsn(), 2, **environ), connected(pair.edge) as edge:
        assert len(listeners(edge)) == 1


def rows(server_rows: psycopg.Cursor[Any]) -> list[Any]:
    return sorted(map(repr, server_rows.fetchall()))


def test_added_again_it_stays_as_it_is(pair: Pair) -> None:
    """What is no pgstrike of ours is refused as a primary."""
    again = command(pair, "add", "--primary", pair.primary.dsn())
    assert again.returncode == 0, again.stderr
    other = refused(command(pair, "add", "--primary", pair.primary.dsn("postgres")))
    assert "the database is empty; run `pgstrike upgrade` first" in other


def test_every_table_is_the_primary_s(pair: Pair) -> None:
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        quote(open_store(primary), 12, seed=12)
        refresh(primary)
        wait_until_followed(pair)
        tables = [name for (name,) in primary.execute("SELECT ops.edge_tables()::text")]
        assert len(tables) > 50
        for table in tables:
            asked = f"SELECT * FROM {table}".encode()
            assert rows(primary.execute(asked)) == rows(edge.execute(asked)), table
        assert primary.execute("SELECT ops.epoch()").fetchone() == (
            edge.execute("SELECT ops.epoch()").fetchone()
        )


def test_each_table_says_which_row_changed(pair: Pair) -> None:
    """Without a key, publishing a table would make the primary refuse its changes."""
    with connected(pair.primary) as primary:
        keyless = primary.execute(
            "SELECT found FROM ops.edge_tables() AS found"
            " INNER JOIN pg_class AS class ON class.oid = found"
            " WHERE class.relreplident <> 'f' AND NOT EXISTS (SELECT FROM pg_index AS key"
            " WHERE key.indrelid = found AND key.indisprimary)"
        ).fetchall()
    assert keyless == []


def test_snapshot_has_the_version_of_the_primary(pair: Pair) -> None:
    """The rows are at least as new, and the same while nothing is written."""
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        quote(open_store(primary), 17, seed=17)
        refresh(primary)
        wait_until_followed(pair)
        refresh_edge(edge)
        asked = b"SELECT * FROM fo.latest_snapshot"
        assert rows(primary.execute(asked)) == rows(edge.execute(asked))
        version = b"SELECT version FROM fo.snapshot_version"
        assert primary.execute(version).fetchone() == edge.execute(version).fetchone()
        assert newest(primary) == newest(edge)


def refresh_edge(edge: psycopg.Connection) -> None:
    refresh_snapshot(edge)


async def test_answers_are_the_primary_s(pair: Pair) -> None:
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        quote(open_store(primary), 22, seed=22)
        refresh(primary)
        wait_until_followed(pair)
        refresh_edge(edge)
    async with served_by_edge(pair) as near, served_by_primary(pair) as far:
        for path in ANSWERS:
            expected = await far.rows(path)
            assert expected and await near.rows(path) == expected, path


async def test_stream_has_each_event_byte_for_byte(pair: Pair) -> None:
    async with served_by_edge(pair) as client, client.stream() as stream:
        with connected(pair.primary) as primary:
            first = newest(primary)
            await asyncio.to_thread(write, primary)
            last = newest(primary)
            sent = primary.execute(
                "SELECT id, payload::text FROM fo.event WHERE id > %s ORDER BY id",
                [first],
            ).fetchall()
        assert len(sent) > 20
        heard = [await asyncio.wait_for(stream.next(), 30) for _ in sent]
        assert heard[-1].last_id.endswith(f":{last}")
        assert [each.data for each in heard] == [payload for _, payload in sent]


def write(primary: psycopg.Connection) -> None:
    store = open_store(primary)
    for number in range(20):
        append(primary, *range(number % 3 + 1))
        if number % 5 == 0:
            quote(store, 30 + number, seed=number)


async def test_run_on_an_edge_keeps_its_snapshot(pair: Pair) -> None:
    """And no answer from before it is kept: a panel of bars waits for it."""
    path = "metrics/bar_chain?symbol=NIFTY&timeframe=5min"
    with refreshing(pair) as run:
        async with served_by_edge(pair) as near, served_by_primary(pair) as far:
            for minute in (52, 57):
                with connected(pair.primary) as primary:
                    await asyncio.to_thread(
                        quote, open_store(primary), minute, seed=minute
                    )
                    await asyncio.to_thread(refresh, primary)
                wait_until_followed(pair)
                expected = await far.rows(path)
                async with asyncio.timeout(60):
                    while await near.rows(path) != expected:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
        assert run.poll() is None
    with connected(pair.edge) as edge:
        failed = edge.execute("SELECT name, error FROM job.job WHERE error IS NOT NULL")
        assert failed.fetchall() == []
        jobs = edge.execute("SELECT name FROM job.job ORDER BY name").fetchall()
        assert [name for (name,) in jobs] == [
            "notify_queue", "pruning", "snapshot", "upkeep", "watchdog",
        ]  # fmt: skip


async def test_what_is_written_goes_to_the_primary(pair: Pair) -> None:
    async with served_by_edge(pair) as client:
        body = {"name": "always", "statement": "SELECT 1 AS one"}
        async with client.session.post("/v1/alerts", json=body) as answer:
            assert answer.status == 201, await answer.text()
    with connected(pair.primary) as primary:
        kept = primary.execute("SELECT name FROM job.alert").fetchall()
        assert kept == [("always",)]


def test_changes_without_an_event_are_told(pair: Pair) -> None:
    """Rights and calendars: by the primary's words, on the edge's channel."""
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        [channel] = edge.execute("SELECT channel FROM job.installation").fetchone() or [
            ""
        ]
        edge.execute(f'LISTEN "{channel}"'.encode())
        primary.execute("INSERT INTO job.api_key (name) VALUES ('one')")
        primary.execute("DELETE FROM fo.session WHERE session > '2025-12-01'")
        heard: set[str] = set()
        for notice in edge.notifies(timeout=30):
            heard.add(notice.payload)
            if {"rights changed", "data changed"} <= heard:
                return
    raise AssertionError(heard)


def test_feeds_that_the_primary_drives_are_no_fault_of_the_edge(pair: Pair) -> None:
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        primary.execute(
            "SELECT ops.set_feed('mine', 'deribit', '{NIFTY}', '{}'::jsonb, 1, TRUE)"
        )
        primary.execute("SELECT ops.claim_feeds(NULL, 'here')")
        primary.execute("UPDATE job.feed SET state = 'live'")
        append(primary, 1)
        wait_until_followed(pair)
        asked = b"SELECT state, says FROM ops.health_of_sources()"
        found = primary.execute(asked).fetchone()
        assert found is not None and found[0] == "ok"
        assert edge.execute(asked).fetchone() == found
        primary.execute("SELECT ops.remove_feed('mine')")


def test_writes_are_refused_in_words(pair: Pair) -> None:
    with connected(pair.edge) as edge:
        with pytest.raises(
            psycopg.errors.ReadOnlySqlTransaction, match="is an edge of"
        ):
            append(edge, 1)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="alone writes"):
            edge.execute("DELETE FROM fo.contract")


def test_days_of_quotes_come_and_go(pair: Pair) -> None:
    """A new day's partition is there before its quotes; a dropped day goes."""
    day = 24 * 60
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        quote(open_store(primary), 3 * day, seed=1)
        wait_until_followed(pair)
        asked = b"SELECT count(*), max(quote_time) FROM fo.option_quote"
        assert primary.execute(asked).fetchone() == edge.execute(asked).fetchone()
        days = primary.execute(
            "SELECT relation::text, from_time, to_time FROM ops.quote_days() ORDER BY 2"
        ).fetchall()
        assert len(days) == 2
        primary.execute("DELETE FROM job.quote_day WHERE day = %s", [days[0][1].date()])
        append(primary, 1)
        wait_until_followed(pair)
        left = edge.execute("SELECT relation::text FROM ops.quote_days()").fetchall()
        assert left == [(days[1][0],)]
        # As it was, for the tests after this one.
        primary.execute(
            "INSERT INTO job.quote_day (day) VALUES (%s)", [days[0][1].date()]
        )
