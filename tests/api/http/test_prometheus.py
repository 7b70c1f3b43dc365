"""GET /metrics, GET /api/performance-metrics, and the id of a request."""

import os
import re
import socket
import subprocess
import sys
from urllib.request import urlopen

import aiohttp
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pgstrike.api.serving import own_metrics
from pgstrike.db.errors import SettingError
from pgstrike.db.timing import STATEMENTS, Durations
from pgstrike.jobs.alerts.looking import look_at_alerts
from tests.api.conftest import Client, Serve, settings
from tests.support.alerts import set_alert
from tests.support.api_process import Started, address
from tests.support.grants import add_key
from tests.support.live_market import append, open_store, quote

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(client: Client, url: str = "/metrics") -> Samples:
    async with client.session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/plain"
        families = text_string_to_metric_families(await answer.text())
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }


def of(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"pgstrike_{name}", frozenset(labels.items())]


async def test_requests_queries_and_events_are_counted(
    client: Client, connection: psycopg.Connection
) -> None:
    quote(open_store(connection), 0)
    async with client.stream() as stream:
        append(connection, 1, 2)
        while (await stream.next()).type != "ops":
            pass
    before = STATEMENTS.durations["metric"].count
    for _ in range(3):
        await client.get("/v1/metrics/pcr?symbol=NIFTY")
    await client.get("/v1/metrics/no-such?symbol=NIFTY")
    for n in range(5):
        await client.get(f"/nowhere/{n}")
    found = await scraped(client)
    route = {"method": "GET", "route": "/v1/metrics/{metric}"}
    assert of(found, "requests_total", **route, status="200") == 3
    assert of(found, "requests_total", **route, status="400") == 1
    lost = {"method": "unknown", "route": "unknown"}
    assert of(found, "requests_total", **lost, status="404") == 5
    assert of(found, "request_seconds_count", route=route["route"]) == 4
    asked = of(found, "query_seconds_count", statement="metric")
    assert asked == before + 2  # the first one, and the one that is refused
    assert of(found, "answers_total", outcome="hit") == 2
    assert of(found, "events_total", topic="ops") == 2
    assert of(found, "delivery_seconds_count") >= 1
    assert of(found, "health", check="database") == 0
    assert of(found, "run_is_there") == 0
    assert of(found, "log_events_total") == of(found, "hub_events_kept") > 2
    assert of(found, "rollup_waiting_buckets", rollup="option_strike_bars_1min") > 0
    assert of(found, "feed_clock_timestamp_seconds", symbol="NIFTY") == 1756439100


async def test_alerts_that_wait_are_counted(
    client: Client, connection: psycopg.Connection
) -> None:
    assert of(await scraped(client), "alerts_waiting") == 0
    quote(open_store(connection), 0)
    set_alert(connection, "a", "SELECT 1 AS one")
    set_alert(connection, "b", "SELECT 1 AS one", symbols=["NIFTY"])
    set_alert(connection, "off", "SELECT 1 AS one", is_on=False)
    assert of(await scraped(client), "alerts_waiting") == 2
    look_at_alerts(connection)
    assert of(await scraped(client), "alerts_waiting") == 0


async def test_no_label_is_chosen_by_a_client(client: Client) -> None:
    """Whatever is asked for, there are as many series as before."""
    await client.get("/v1/metrics/pcr?symbol=NIFTY")
    await client.get("/nothing")
    await scraped(client)
    before = await scraped(client)
    for n in range(3):
        named = {"X-Request-Id": f"z{n}"}
        await client.get(f"/v1/metrics/x{n}?symbol=Y{n}", **named)
        await client.get(f"/nothing/{n}")
        async with client.session.request("PATCH", f"/v1/metrics/z{n}") as answer:
            assert answer.status == 405
    found = await scraped(client)
    new = {name for name, _ in found.keys() - before.keys()}
    assert new <= {"pgstrike_requests_total"}  # a route and status that was not yet
    assert not re.search(r"[xYz]\d", str(sorted(map(str, found))))


async def test_delay_of_an_event_is_measured_by_one_clock(
    serve: Serve, connection: psycopg.Connection
) -> None:
    async with serve(poll_seconds=0.05) as client:
        found = await scraped(client)
        assert of(found, "event_delay_seconds_count") == 0
        append(connection, 1)
        while of(found, "event_delay_seconds_count") < 1:
            found = await scraped(client)
        assert of(found, "event_delay_seconds_sum") < 30


async def test_metrics_are_for_operators(
    serve: Serve, connection: psycopg.Connection
) -> None:
    add_key(connection, "reader", "key-of-reader")
    add_key(connection, "chain", "key-of-chain", topics=["chain"])
    add_key(connection, "one", "key-of-one", topics=["ops"], symbols=["NIFTY"])
    add_key(connection, "ops", "key-of-ops", topics=["ops"])
    add_key(connection, "boss", "key-of-boss", is_admin=True)
    add_key(connection, "small", "key-of-small", is_admin=True, symbols=["NIFTY"])
    async with serve() as client:
        for name, metrics, performance in (
            ("reader", 403, 403), ("chain", 403, 403), ("one", 403, 403),
            ("ops", 200, 403), ("boss", 200, 200), ("small", 403, 200),
            ("none", 401, 401),
        ):  # fmt: skip
            client.session.headers["Authorization"] = f"Bearer key-of-{name}"
            for path, status in (
                ("/metrics", metrics),
                ("/api/performance-metrics", performance),
            ):
                async with client.session.get(path) as answer:
                    assert answer.status == status, (name, path)


async def test_own_address_needs_no_key_and_serves_nothing_else(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serve(metrics_address=("127.0.0.1", port)) as client:
        await client.get("/v1/metrics")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as nobody:
            own = Client(nobody, "")
            found = await scraped(own)
            route = {"method": "GET", "route": "/v1/metrics", "status": "200"}
            assert of(found, "requests_total", **route) == 1
            async with nobody.get("/v1/metrics") as answer:
                assert answer.status == 404


@pytest.mark.one_engine
async def test_address_that_is_taken_is_refused(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = taken.getsockname()
        with pytest.raises(SettingError, match="set PGSTRIKE_METRICS_LISTEN"):
            async with serve(metrics_address=place):
                pass


@pytest.mark.one_engine
async def test_metrics_outlive_the_database(
    client: Client, connection: psycopg.Connection
) -> None:
    connection.execute("ALTER SCHEMA ops RENAME TO gone")
    found = await scraped(client)
    while of(found, "health", check="database") == 0:  # an answer serves for a second
        found = await scraped(client)
    assert of(found, "health", check="database") == 2
    assert ("pgstrike_run_is_there", frozenset()) not in found


async def test_performance_names_phases_and_what_is_slow(
    client: Client, connection: psycopg.Connection
) -> None:
    await client.get("/v1/metrics/pcr?symbol=NIFTY")
    STATEMENTS.note("metric", 99)
    status, body = await client.get("/api/performance-metrics")
    assert status == 200
    assert [*body["start"]] == [
        *("database", "hub", "streams", "keys", "health", "lag", "log"),
    ]
    assert all(seconds > 0 for seconds in body["start"].values())
    assert len(body["slowest"]) == 5
    assert body["slowest"][0]["name"] == "metric"
    assert body["slowest"][0]["longest_seconds"] == 99
    assert body["slow_queries"][-1]["name"] == "metric"
    assert body["statements"] is None  # of the embedded server alone
    assert body["caches"]["database"]["blocks_hit"] > 0


async def test_slow_statement_is_logged_without_its_parameters(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pgstrike.db.timing.SLOW_SECONDS", 0.0)
    status, _ = await client.get("/v1/metrics/pcr?symbol=NIFTY")
    assert status == 200
    lines = [
        each.getMessage() for each in caplog.records if "slow" in each.getMessage()
    ]
    assert any(line.startswith("slow_query name=metric took=") for line in lines)
    assert "NIFTY" not in "".join(lines)


@pytest.mark.one_engine
async def test_request_id_is_the_clients_or_ours(client: Client) -> None:
    async def answered(sent: str | None) -> str:
        headers = {} if sent is None else {"X-Request-Id": sent}
        async with client.session.get("/live", headers=headers) as answer:
            return answer.headers["X-Request-Id"]

    assert await answered("desk-7.a_b") == "desk-7.a_b"
    made = [await answered(sent) for sent in (None, "", "a b", "x" * 65, "a;b", "\xe9")]
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in made)
    assert len(set(made)) == len(made)
    async with client.session.get("/nothing", headers={"X-Request-Id": "n"}) as answer:
        assert (answer.status, answer.headers["X-Request-Id"]) == (404, "n")


@pytest.mark.one_engine
async def test_failed_statement_is_counted_and_a_refusal_is_not(
    client: Client, connection: psycopg.Connection
) -> None:
    before = STATEMENTS.failures["metric"]
    assert (await client.get("/v1/metrics/no-such?symbol=NIFTY"))[0] == 400
    assert STATEMENTS.failures["metric"] == before
    connection.execute("ALTER SCHEMA analytics RENAME TO gone")
    connection.execute("ALTER SCHEMA ops RENAME TO gone_too")
    assert (await client.get("/v1/metrics/pcr?symbol=NIFTY"))[0] == 503
    assert STATEMENTS.failures["metric"] == before + 1


def test_workers_have_a_port_each() -> None:
    asked = settings(metrics_address=("::1", 9187))
    named = [own_metrics(asked, n)["PGSTRIKE_METRICS_LISTEN"] for n in range(2)]
    assert named == ["[::1]:9187", "[::1]:9188"]
    assert own_metrics(settings(), 1) == {}


def test_durations_are_sorted_by_their_bounds() -> None:
    durations = Durations()
    for seconds in (0.0005, 0.001, 0.002, 99):
        durations.note(seconds)
    assert durations.counts[:2] == [2, 1] and durations.counts[-1] == 1
    assert (durations.count, durations.longest) == (4, 99)


@pytest.mark.one_engine
def test_serving_imports_no_library_that_it_does_without(dsn: str) -> None:
    """Nor prometheus-client, until somebody asks for /metrics."""
    heavy = {
        "alembic",
        "apscheduler",
        "mcp",
        "numpy",
        "redis",
        "rich",
        "scipy",
        "sqlalchemy",
    }
    with Started(
        [sys.executable, "-X", "importtime", "-m", "pgstrike", "serve", "--insecure"],
        env={**os.environ, "PGSTRIKE_DSN": dsn, "PGSTRIKE_API_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        where = address(process)
        urlopen(f"{where}/v1/metrics").close()
        urlopen(f"{where}/metrics").close()
        process.terminate()
        assert process.stderr is not None
        lines = process.stderr.read().splitlines()
    imported = [line.rpartition("|")[2].strip() for line in lines]
    assert "pgstrike.api.app" in imported
    assert not heavy & set(imported)
    first = "pgstrike.api.http.metric_families"
    last_of_start = imported.index("pgstrike.api.http_server")
    assert last_of_start < imported.index("prometheus_client") < imported.index(first)
