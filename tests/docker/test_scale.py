"""compose.scale.yml and kubernetes.yml in docker/: what they name is there. None was run."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
import yaml

from pgstrike.api.http.routes import ROUTES
from pgstrike.cli.main import pgstrike
from pgstrike.db.embedded.server import Server
from pgstrike.db.paths import ROOT
from tests.support.engines import claimed, make_server, place, running

DOCKER = ROOT / "docker"
COMPOSE = DOCKER / "compose.scale.yml"
KUBERNETES = DOCKER / "kubernetes.yml"
SETTINGS = ROOT / "docs" / "settings.md"


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def objects() -> list[dict[str, Any]]:
    return [*yaml.safe_load_all(KUBERNETES.read_text())]


def containers() -> Iterator[dict[str, Any]]:
    for found in objects():
        template = found.get("spec", {}).get("template", {})
        yield from template.get("spec", {}).get("containers", [])


def commands() -> Iterator[list[str]]:
    """Each command line of ours."""
    for holder in (*services().values(), *containers()):
        for command in (
            holder.get("command", []),
            holder.get("healthcheck", {}).get("test", ["CMD"])[1:],
        ):
            if command[:1] == ["pgstrike"]:
                yield command[1:]


def test_each_command_and_each_value_of_its_options_exists() -> None:
    found = [*commands()]
    assert len(found) > 12
    for words in found:
        command: click.Command = pgstrike
        while isinstance(command, click.Group):
            name, *words = words
            child = command.get_command(click.Context(command), name)
            assert child is not None, name
            command = child
        command.make_context("asked", words)  # it refuses what it does not know


def test_each_setting_is_one() -> None:
    known = set(re.findall(r"`(PGSTRIKE_\w+)`", SETTINGS.read_text()))
    named = {
        name
        for service in services().values()
        if service.get("image") == "pgstrike"
        for name in service.get("environment", {})
        if name.startswith("PGSTRIKE_")
    }
    named |= {
        each["name"] for container in containers() for each in container.get("env", [])
    }
    assert len(named) > 6 and named <= known


def test_each_service_is_watched_and_published_on_this_machine_alone() -> None:
    for name, service in services().items():
        is_relay = service.get("command") == ["pgstrike", "relay"]
        assert name in ("upgrade", "close") or is_relay or "healthcheck" in service, (
            name
        )
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (DOCKER / source).exists(), source
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")
        assert "build" in service or re.search(r":v?\d+\.\d+\.\d+", service["image"])


def test_probes_ask_paths_that_need_no_key() -> None:
    open_paths = {route.path for route in ROUTES if route.path in ("/live", "/ready")}
    [api] = [each for each in containers() if "readinessProbe" in each]
    asked = {
        kind: api[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("liveness", "readiness", "startup")
    }
    assert asked == {"liveness": "/live", "readiness": "/ready", "startup": "/ready"}
    assert {*asked.values()} <= open_paths
    ports = {port["name"]: port["containerPort"] for port in api["ports"]}
    assert ports["http"] == 8765


def test_labels_lead_to_pods() -> None:
    labels = [
        found["spec"]["template"]["metadata"]["labels"]
        for found in objects()
        if found["kind"] == "Deployment"
    ]
    for found in objects():
        selector = found["spec"].get("selector")
        if selector is not None:
            assert selector.get("matchLabels", selector) in labels


def test_nginx_takes_the_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not here")
    text = (DOCKER / "scale" / "nginx.conf").read_text()
    text = re.sub(r"api-[12]:", "127.0.0.1:", text)
    for kind in (
        "client_body",
        "proxy",
        "fastcgi",
        "uwsgi",
        "scgi",
    ):  # as one's own user
        place = f"{kind}_temp_path {tmp_path}/{kind};"
        text = text.replace("http {", f"http {{ {place}", 1)
    own = tmp_path / "nginx.conf"
    own.write_text(text)
    done = subprocess.run(
        [nginx, "-t", "-e", tmp_path / "log", "-c", own, "-g", f"pid {tmp_path}/pid;"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_nginx_passes_on_to_the_hosts_of_the_file() -> None:
    text = (DOCKER / "scale" / "nginx.conf").read_text()
    named = re.findall(r"^\s*server ([\w-]+):8765", text, re.MULTILINE)
    assert named == [name for name in services() if name.startswith("api-")]


@pytest.fixture
def primary() -> Iterator[Server]:
    server = make_server("postgres")
    assert server is not None
    with running(server):
        yield server


def test_scripts_make_a_standby(primary: Server) -> None:
    """As the images run them, but that the server here is reached by its socket."""
    programs = f"{primary.bin_dir}:{os.environ['PATH']}"
    if shutil.which("pg_basebackup", path=programs) is None:
        pytest.skip("pg_basebackup is not here")
    if shutil.which("psql", path=programs) is None:
        pytest.skip("psql is not here")
    environ = {
        "PATH": programs,
        "PGHOST": str(primary.sockets),
        "PGDATA": str(primary.data),
        "PGSTRIKE_STANDBY_PASSWORD": "it's",
    }
    subprocess.run(["sh", DOCKER / "scale" / "primary.sh"], check=True, env=environ)
    with psycopg.connect(primary.dsn("postgres"), autocommit=True) as connection:
        slots = connection.execute("SELECT slot_name FROM pg_replication_slots")
        assert slots.fetchall() == [("pgstrike_standby",)]
        role = connection.execute(
            "SELECT rolreplication, rolsuper FROM pg_roles WHERE rolname = 'pgstrike_standby'"
        )
        assert role.fetchall() == [(True, False)]
    assert "replication pgstrike_standby" in (primary.data / "pg_hba.conf").read_text()
    base = claimed(place({"fsync": "off"}), "pgstrike-test-standby-")
    copy = environ | {
        "PGDATA": str(base / "copy"),
        "PGSTRIKE_PRIMARY_HOST": str(primary.sockets),
    }
    script = (DOCKER / "scale" / "standby.sh").read_text()
    assert script.rstrip().endswith("exec postgres")
    subprocess.run(
        ["sh", "-c", script.replace("exec postgres", "")], check=True, env=copy
    )
    assert (base / "copy" / "standby.signal").exists()
    settings = (base / "copy" / "postgresql.auto.conf").read_text()
    assert "hot_standby_feedback = on" in settings
    assert "primary_slot_name = 'pgstrike_standby'" in settings
    shutil.rmtree(base)
