"""The files of docker/: what they name is there. No Docker engine runs them."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgstrike.cli.main import pgstrike
from pgstrike.db.paths import ROOT
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.ledger import add_jobs
from tests.api.conftest import Client, client, serve
from tests.support.grants import add_market
from tests.support.live_market import append, open_store, quote, refresh
from tests.support.logins import reader_login

__all__ = ["client", "serve"]
DOCKER = ROOT / "docker"
GRAFANA = DOCKER / "grafana"
METRIC = re.compile(r"\bpgstrike_\w+")
VARIABLES = {
    "$symbol": "NIFTY",
    "$expiry": "2025-09-02",
    "$__timeFrom()": "'2025-08-29T00:00:00Z'",
    "$__timeTo()": "'2025-08-30T00:00:00Z'",
}


def read(path: Path) -> Any:
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(DOCKER / "compose.yml")["services"]
    return found


def panels(name: str) -> Iterator[dict[str, Any]]:
    yield from read(GRAFANA / "dashboards" / f"{name}.json")["panels"]


def commands() -> Iterator[list[str]]:
    """Each command line of ours that the containers run."""
    for service in services().values():
        for command in (
            service.get("command", []),
            service.get("healthcheck", {}).get("test", ["CMD"])[1:],
        ):
            if command[:1] == ["pgstrike"]:
                yield command[1:]
    script = (DOCKER / "grafana_login.sh").read_text()
    for found in re.findall(r"^[^#\n]*?\bpgstrike ([\w -]+)", script, re.MULTILINE):
        yield found.split()


def test_there_are_two_of_each_and_none_is_root() -> None:
    found = services()
    ran = [service.get("command") for service in found.values()]
    assert ran.count(["pgstrike", "run"]) == ran.count(["pgstrike", "serve"]) == 2
    ours = [service for service in found.values() if "build" in service]
    assert {service["image"] for service in ours} == {"pgstrike"}
    assert (DOCKER / "Dockerfile").read_text().rstrip().endswith("USER nobody")
    for name, service in found.items():
        has_end = name in ("upgrade", "close", "grafana-login")
        assert has_end or "healthcheck" in service, name
        assert "build" in service or re.search(r":v?\d+\.\d+\.\d+", service["image"])
    published = [port for each in found.values() for port in each.get("ports", [])]
    assert published and all(port.startswith("127.0.0.1:") for port in published)


def test_each_command_exists() -> None:
    found = [*commands()]
    assert len(found) > 8
    for words in found:
        command: click.Command = pgstrike
        while isinstance(command, click.Group) and words:
            name, *words = words
            context = click.Context(command)
            child = command.get_command(context, name)
            assert child is not None, name
            command = child
        options = {option for each in command.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_each_file_that_is_mounted_is_there() -> None:
    for service in services().values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (DOCKER / source).exists(), source


def test_dashboards_ask_sources_that_are_provisioned() -> None:
    sources = read(GRAFANA / "provisioning" / "datasources" / "pgstrike.yml")
    known = {(each["uid"], each["type"]) for each in sources["datasources"]}
    [provider] = read(GRAFANA / "provisioning" / "dashboards" / "pgstrike.yml")[
        "providers"
    ]
    mounted = services()["grafana"]["volumes"]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in mounted
    for name in ("operations", "option_chain"):
        for panel in panels(name):
            for target in (panel, *panel["targets"]):
                source = target["datasource"]
                assert (source["uid"], source["type"]) in known
    [job] = read(DOCKER / "prometheus.yml")["scrape_configs"]
    [targets] = [each["targets"] for each in job["static_configs"]]
    assert {target.partition(":")[0] for target in targets} <= services().keys()
    listens = services()["api-1"]["environment"]["PGSTRIKE_METRICS_LISTEN"]
    assert {target.partition(":")[2] for target in targets} == {listens.split(":")[1]}


@pytest.mark.one_engine
async def test_each_metric_of_the_dashboard_is_there(
    connection: psycopg.Connection, client: Client
) -> None:
    add_market(connection)
    add_jobs(connection, [Job("rollups", lambda _: None, 1)])
    async with client.stream() as stream:
        append(connection, 1)
        await asyncio.wait_for(stream.next(), 30)
        await client.get("/v1/metrics/pcr?symbol=NIFTY")
        async with client.session.get("/metrics") as answer:
            text = await answer.text()
    known = {
        sample.name
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    wanted = {
        name
        for panel in panels("operations")
        for target in panel["targets"]
        for name in METRIC.findall(target["expr"])
    }
    assert len(wanted) > 10 and wanted <= known


def test_each_query_of_the_dashboard_has_figures_for_a_reader(
    connection: psycopg.Connection,
) -> None:
    """In a session whose clock is not ours, as Grafana's is: each column has some."""
    add_market(connection)
    store = open_store(connection)
    for minute in (5, 10):
        quote(store, minute, seed=minute)
    refresh(connection)
    board = read(GRAFANA / "dashboards" / "option_chain.json")
    asked = [each["query"] for each in board["templating"]["list"]] + [
        target["rawSql"] for panel in board["panels"] for target in panel["targets"]
    ]
    assert len(asked) > 10
    with (
        reader_login(connection) as dsn,
        psycopg.connect(dsn, options="-c timezone=America/New_York") as reader,
    ):
        for text in asked:
            for name, found in VARIABLES.items():
                text = text.replace(name, found)
            assert "$" not in text
            rows = reader.execute(text.encode()).fetchall()
            if "chain.*" in text:
                assert rows, text
                continue
            for column in zip(*rows, strict=True):
                assert any(figure is not None for figure in column), text
            assert rows, text


def test_dashboard_sees_what_its_key_may_see(connection: psycopg.Connection) -> None:
    """Of a key of one symbol the variable lists that one alone, and no query names another."""
    add_market(connection)
    board = read(GRAFANA / "dashboards" / "option_chain.json")
    [symbols, *_] = [each["query"] for each in board["templating"]["list"]]
    with reader_login(connection) as dsn:
        connection.execute(
            "UPDATE job.api_key SET symbols = '{BANKNIFTY}' WHERE name = %s",
            [conninfo_to_dict(dsn)["user"]],
        )
        with psycopg.connect(dsn, autocommit=True) as reader:
            assert reader.execute(symbols.encode()).fetchall() == [("BANKNIFTY",)]
            for target in (
                each for panel in board["panels"] for each in panel["targets"]
            ):
                text = target["rawSql"]
                for name, found in VARIABLES.items():
                    text = text.replace(name, found)
                with pytest.raises(
                    psycopg.errors.InvalidParameterValue, match='unknown symbol "NIFTY"'
                ):
                    reader.execute(text.encode())


def test_grafana_of_your_own_gets_its_source_from_the_environment() -> None:
    """The same source as in the containers, so that the dashboard finds it."""
    [own] = read(GRAFANA / "own" / "pgstrike.yml")["datasources"]
    sources = read(GRAFANA / "provisioning" / "datasources" / "pgstrike.yml")
    [ours] = [each for each in sources["datasources"] if each["type"] == "postgres"]
    assert (own["uid"], own["type"]) == (ours["uid"], ours["type"])
    assert own["secureJsonData"]["password"] == "$PGSTRIKE_GRAFANA_DB_PASSWORD"
    assert own["jsonData"].keys() == ours["jsonData"].keys()


@pytest.mark.one_engine
def test_login_of_grafana_is_made_once_and_reads(
    connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    add_market(connection)

    def make() -> str:
        subprocess.run(
            ["sh", str(DOCKER / "grafana_login.sh"), str(tmp_path)],
            check=True,
            env={
                **os.environ,
                "PGSTRIKE_DSN": dsn,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            },
            timeout=60,
        )
        return (tmp_path / "password").read_text().strip()

    try:
        first = make()
        assert make() == first
        own = make_conninfo(dsn, user="grafana", password=first)
        with psycopg.connect(own) as reader:
            assert reader.execute("SELECT symbol FROM analytics.instrument").fetchall()
        (tmp_path / "password").unlink()
        connection.execute("DROP ROLE grafana")
        assert make() != first
    finally:
        connection.execute("DROP ROLE IF EXISTS grafana")
