"""GET /live, /ready and /health."""

import asyncio
from typing import Any

import psycopg
import pytest

from pgstrike.api.http import database_state
from pgstrike.api.http.checks import fresh_keys
from pgstrike.db.connection import connect
from pgstrike.db.lock import REFRESH, held
from pgstrike.db.pool import ask
from pgstrike.db.queries import query
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.ledger import add_jobs
from pgstrike.jobs.schedule.process import Process
from tests.api.conftest import Client, Serve
from tests.support.live_market import OPEN, append, epoch, open_store, quote, refresh

PATIENCE = 60


async def test_health_of_an_empty_market(
    client: Client, connection: psycopg.Connection
) -> None:
    status, body = await client.get("/health")
    start = f"{epoch(connection)}:0"
    assert status == 200
    assert body["status"] == "ok"
    assert body["database"] == {"reachable": True}
    assert body["listener"]["connected"] is True
    assert 0 <= body["listener"]["probe_age_seconds"] < 3
    assert body["events"] == {"hub": start, "log": start}
    assert body["snapshot"] == {"version": 0, "event": start, "refreshed_at": None}
    assert body["symbols"] == {}


async def test_health_tells_the_lag(
    client: Client, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    _, body = await client.get("/health")
    assert body["symbols"] == {
        "NIFTY": {
            "clock": OPEN.isoformat(),
            "moved_at": OPEN.isoformat(),
            "events_behind": 2,
        }
    }
    refresh(connection)
    append(connection, 1)  # nothing that the snapshot would show
    _, body = await client.get("/health")
    assert body["symbols"]["NIFTY"]["events_behind"] == 0
    assert body["snapshot"]["version"] == 1
    assert body["events"]["hub"] == body["events"]["log"]


async def test_health_is_down_without_database(
    client: Client, connection: psycopg.Connection
) -> None:
    connection.execute("ALTER SCHEMA ops RENAME TO gone")
    status, body = await client.get("/health")
    assert (status, body["status"]) == (503, "down")
    assert body["database"] == {"reachable": False}


async def check(
    client: Client, name: str, *, says: str, state: str = "bad"
) -> tuple[int, str]:
    """The status and the sentence of a check, once it has a state and says something."""
    async with asyncio.timeout(PATIENCE):
        while True:
            status, body = await client.get("/health")
            states = {row["name"]: row["state"] for row in body["rows"]}
            if states.get(name) == state and says in body["checks"][name]:
                return status, body["checks"][name]


async def test_live_and_ready_say_one_word(client: Client) -> None:
    for path in ("/live", "/ready"):
        assert await client.get(path) == (200, {"status": "ok"})


async def test_only_live_outlives_the_database(
    client: Client, connection: psycopg.Connection
) -> None:
    connection.execute("ALTER SCHEMA ops RENAME TO gone")
    async with asyncio.timeout(PATIENCE):
        while (await client.get("/ready"))[0] != 503:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # an answer serves for a second
    assert await client.get("/ready") == (503, {"status": "down"})
    assert await client.get("/live") == (200, {"status": "ok"})
    unknown = {"Authorization": "Bearer unknown"}
    for path, status in (("/health", 503), ("/ready", 503), ("/live", 200)):
        assert (await client.get(path, **unknown))[0] == status


async def test_every_check_is_told(client: Client) -> None:
    _, body = await client.get("/health")
    assert body["checks"] == dict.fromkeys(
        ["database", "listener", "events", "refresh", "rollups", "jobs", "tasks",
         "models", "notify_queue", "edges", "disk", "feeds", "sources", "calendar", "keys",
         "features", "bloat", "transactions", "retention"],
        "ok",
    )  # fmt: skip
    assert [row["name"] for row in body["rows"]] == [*body["checks"]]
    assert all(row["state"] == "ok" and row["says"] for row in body["rows"])


async def test_late_refresh_is_told_with_its_cause(
    serve: Serve, connection: psycopg.Connection
) -> None:
    async with serve(late_seconds=0.3) as client:
        quote(open_store(connection), 0)
        for name in ("refresh", "rollups"):
            status, says = await check(client, name, says="waits for")
            assert status == 503 and "no `pgstrike run` is there" in says
        assert await client.get("/ready") == (200, {"status": "ok"})
        refresh(connection)
        assert (await client.get("/health"))[0] == 200


async def test_late_refresh_names_who_is_in_the_way(
    serve: Serve, dsn: str, connection: psycopg.Connection
) -> None:
    with connect(dsn, "snapshot") as refresher, psycopg.connect(dsn) as other:
        other.execute("SELECT FROM fo.snapshot_version FOR UPDATE")
        quote(open_store(connection), 0)
        async with serve(late_seconds=0.3) as client:
            refreshing = asyncio.create_task(asyncio.to_thread(refresh, refresher))
            named = f"pid {other.info.backend_pid} of role postgres since 20"
            status, _ = await check(client, "refresh", says=named)
            assert status == 503
            other.rollback()
            await refreshing
            assert (await client.get("/health"))[0] == 200


async def test_session_that_keeps_the_lock_of_refreshes_is_named(
    serve: Serve, dsn: str, connection: psycopg.Connection
) -> None:
    with psycopg.connect(dsn, autocommit=True) as other, held(other, REFRESH):
        quote(open_store(connection), 0)
        async with serve(late_seconds=0.3) as client:
            named = f"pid {other.info.backend_pid} of role postgres"
            assert (await check(client, "refresh", says=named))[0] == 503


async def test_times_of_a_clock_that_was_ahead_are_not_believed(
    serve: Serve, connection: psycopg.Connection
) -> None:
    quote(open_store(connection), 0)
    connection.execute("UPDATE fo.event SET created_at = now() + interval '3 days'")
    connection.execute("UPDATE job.stale_bucket SET noted_at = now() + interval '1 d'")
    async with serve(late_seconds=0.3) as client:
        for name in ("refresh", "rollups"):
            assert (await check(client, name, says="waits for"))[0] == 503


async def test_failing_job_is_told_while_jobs_are_there(
    client: Client, dsn: str, connection: psycopg.Connection
) -> None:
    full = {"job": "rollups", "code": "disk_full", "error": "no space left"}
    add_jobs(connection, [Job("rollups", lambda _: None, 1)])
    connection.execute(query("note_failure"), full)
    _, body = await client.get("/health")
    assert body["checks"]["jobs"] == "ok"  # nobody is there who could make it good
    assert "disk is full" in body["checks"]["disk"]
    with connect(dsn, "scheduler") as scheduler:
        Process.of(dsn).beat(scheduler)
        status, _ = await check(client, "jobs", says="rollups: no space left")
        assert status == 503
    connection.execute(query("note_failure"), {**full, "code": None, "error": None})
    assert (await client.get("/health"))[0] == 200


async def test_check_that_warns_is_no_outage(
    client: Client, connection: psycopg.Connection
) -> None:
    with connection.transaction():
        connection.execute(
            "ALTER TABLE job.stale_bucket SET (autovacuum_enabled = off)"
        )
        connection.execute(
            "INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)"
            " SELECT 'expiry_metrics', 'NIFTY', now() FROM generate_series(1, 6000)"
        )
        connection.execute("DELETE FROM job.stale_bucket")
    connection.execute("SELECT pg_stat_force_next_flush()")
    dead = "job.stale_bucket has 6000 dead rows"
    status, says = await check(client, "bloat", says=dead, state="warn")
    assert status == 200 and "VACUUM" in says
    _, body = await client.get("/health")
    assert body["status"] == "ok"


async def test_flood_asks_the_database_once(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def counted(*arguments: Any, **named: Any) -> Any:
        asked.append(arguments)
        return await ask(*arguments, **named)

    monkeypatch.setattr(database_state, "ask", counted)
    monkeypatch.setattr(database_state, "KEPT_SECONDS", 1e9)
    async with serve(address_connections=0) as client:
        paths = ["/health", "/ready"] * 100
        nobody = {"Authorization": ""}
        answers = await asyncio.gather(*(client.get(path, **nobody) for path in paths))
    assert {status for status, _ in answers} == {200}
    assert all(body == {"status": "ok"} for _, body in answers)
    assert len(asked) == 1


async def test_silent_database_is_not_waited_for(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = asyncio.Event()
    asked = []

    async def silent(*arguments: Any, **named: Any) -> Any:
        asked.append(arguments)
        await silence.wait()

    monkeypatch.setattr(database_state, "ask", silent)
    monkeypatch.setattr(database_state, "PATIENCE_SECONDS", 0.1)
    async with serve() as client:
        answers = await asyncio.gather(*(client.get("/health") for _ in range(20)))
        assert {(status, body["status"]) for status, body in answers} == {(503, "down")}
        assert "no answer within" in answers[0][1]["checks"]["database"]
        assert (await client.get("/live"))[0] == 200
    assert len(asked) == 1


def test_keys_that_were_not_read_for_long_are_told() -> None:
    assert fresh_keys(3).state == "ok"
    assert fresh_keys(100).state == "bad" and "still in force" in fresh_keys(100).says


def test_cost_does_not_grow_with_history(connection: psycopg.Connection) -> None:
    """Nothing is read whole, however long nobody refreshed."""
    with connection.transaction():
        for _ in range(10):  # plans are kept from when there was nothing
            connection.execute("SELECT ops.health(), ops.market_state()")
        connection.execute(
            "INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)"
            " SELECT 'expiry_metrics', 'NIFTY', now() FROM generate_series(1, 50000)"
        )
        connection.execute(
            "INSERT INTO fo.event (id, epoch, topic, payload)"
            " SELECT n, 'x', 'ops', '{}' FROM generate_series(1, 50000) AS n"
        )
        connection.execute(
            "UPDATE job.event_counter SET change_id = 1, last_id = 50000"
        )
        connection.execute("SELECT ops.health(), ops.market_state()")
        counted = connection.execute(
            "SELECT coalesce(sum(seq_tup_read), 0), sum(idx_tup_fetch)"
            " FROM pg_stat_xact_user_tables WHERE relname IN ('event', 'stale_bucket')"
        ).fetchone()
    assert counted is not None
    whole, fetched = counted
    assert whole == 0 and 0 < fetched <= 10_000 + 1_000 + 1_000 + 10
