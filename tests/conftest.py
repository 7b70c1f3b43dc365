"""Fixtures that most tests share: an engine, and a database of one's own on it."""

import gc
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from pgstrike.db.paths import ROOT
from pgstrike.jobs.ingest.store import Store
from tests.support.engines import (
    WANTED,
    clone,
    make_server,
    make_template,
    running,
    stocked,
)
from tests.support.kept import kept
from tests.support.quote_market import open_store

ENGINES: tuple[Engine, ...] = ("postgres", "timescaledb")
DATA = Path(os.environ.get("PGSTRIKE_DATA", ROOT.parent / "shared" / "data"))
NUMBERS = itertools.count(os.getpid() * 10_000)  # a kept server serves several runs
RAN: Counter[str] = Counter()
SKIPPED: Counter[str] = Counter()  # by reason
MEASURED: list[str] = []
Stock = Callable[[psycopg.Connection], None]  # stores what many tests only read


# A file is one worker's. Those that take minutes are here: begun last, all wait for one.
EARLY = ("path", "migrations", "attack", "clients", "jobs", "api")
# What is asked of SQL through these is tried on both engines in the other folders. So the
# second engine is for `make attack`, unless a test is marked `both_engines`.
ABOVE_SQL = (
    *("tests/api/", "tests/attack/", "tests/cli/", "tests/clients/", "tests/docker/"),
    *("tests/db/", "tests/edges/", "tests/jobs/", "tests/shards/", "tests/standby/"),
    "tests/web/",
)
ANALYTICS = "/test_analytics_"
# A new session of Postgres takes up to a sixth less CPU for its first statements if the C
# library asks the kernel for 2 MB of memory at a time, and keeps it.
MEMORY_IN_LARGE_PARTS = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_TOP_PAD_": "2097152",
    "MALLOC_TRIM_THRESHOLD_": "67108864",
}
# These are one worker's together: they ask for the same databases (tests/path/conftest.py).
SHARED = (
    "tests/path/test_oracle_parity.py",
    "tests/path/test_alert_rules.py",
    "tests/path/test_models.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: with two, cores idle while tests wait; four take more CPU."""
    return (3 * (os.cpu_count() or 1) + 1) // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Any
) -> LoadScopeScheduling | None:
    if config.getvalue("dist") != "loadscope":
        return None
    return Files(config, log)


class Files(LoadScopeScheduling):  # type: ignore[misc]
    """A file is one worker's, also where the id of a test has `::` in its parameters."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return SHARED[0] if file in SHARED else file


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Bring the longest folders to the front; the order within each stays.

    Tests that are marked as long are left out, unless every attack is tried.
    """
    folders = {ROOT / "tests" / name: place for place, name in enumerate(EARLY)}

    def place(item: pytest.Item) -> int:
        within = (folders.get(parent) for parent in item.path.parents)
        return next((found for found in within if found is not None), len(EARLY))

    items.sort(key=place)
    for item in items:
        if is_later(item):
            item.add_marker("long")
    if not config.getoption("--attack"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from the collected tests: they are never freed."""
    gc.collect()
    gc.freeze()


def is_later(item: pytest.Item) -> bool:
    """Whether the second engine is for `make attack` alone; `make try` has it too."""
    is_kept = item.config.getoption("--kept") is not None
    if is_kept or f"[{ENGINES[1]}" not in item.nodeid or names_engines(item):
        return False
    is_above = item.nodeid.startswith(ABOVE_SQL) or ANALYTICS in item.nodeid
    return item.get_closest_marker("second_later") is not None or (
        is_above and item.get_closest_marker("both_engines") is None
    )


def names_engines(item: pytest.Item) -> bool:
    """Whether the test itself says which engines it is for."""
    marks = item.iter_markers("parametrize")
    return any(mark.args[:1] == ("cluster",) for mark in marks)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--attack",
        action="store_true",
        help="try every attack, and what is marked as long, in full",
    )
    parser.addoption(
        "--pictures", action="store_true", help="draw docs/pictures from the dashboard"
    )
    parser.addoption(
        "--kept", type=Path, help="use servers that stay, and are marked in this folder"
    )


class Cluster(NamedTuple):
    """A running server and the database that every test's is cloned from."""

    server: Server
    template: str


@pytest.fixture(scope="session")
def clusters(request: pytest.FixtureRequest) -> Iterator[dict[Engine, Cluster | None]]:
    """Started at the first test that asks for an engine."""
    folder: Path | None = request.config.getoption("kept", None)
    with ExitStack() as stack:

        class Clusters(dict[Engine, Cluster | None]):
            def __missing__(self, engine: Engine) -> Cluster | None:
                made = kept(engine, folder) if folder else throwaway(engine)
                found = stack.enter_context(made)
                self[engine] = None if found is None else Cluster(*found)
                return self[engine]

        yield Clusters()


@contextmanager
def throwaway(engine: Engine) -> Iterator[tuple[Server, str] | None]:
    server = make_server(engine)
    if server is None:
        yield None
        return
    with ExitStack() as stack:
        with patch.dict(os.environ, MEMORY_IN_LARGE_PARTS):
            stack.enter_context(running(server))
        yield server, make_template(server)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a server on each engine; once, where it is marked as no matter of SQL."""
    definition = metafunc.definition
    if "cluster" not in metafunc.fixturenames or names_engines(definition):
        return
    engines = ENGINES[:1] if definition.get_closest_marker("one_engine") else ENGINES
    metafunc.parametrize("cluster", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def cluster(
    request: pytest.FixtureRequest, clusters: dict[Engine, Cluster | None]
) -> Cluster:
    """A server of each engine that the machine has."""
    found = clusters[request.param]
    if found is None:
        pytest.skip(f"engine {request.param} is not here: {WANTED}")
    return found


@pytest.fixture(scope="session")
def times(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """How often to try: the first number in every test run, the second in `make attack`."""
    whole = pytestconfig.getoption("--attack")

    def chosen(quick: int, full: int) -> int:
        return full if whole else quick

    return chosen


@pytest.fixture(scope="module")
def stocks(cluster: Cluster) -> Iterator[Callable[[Stock], str]]:
    """The template database that holds a stock, made when a test first asks for it."""
    server, built = cluster
    with ExitStack() as stack:

        @cache
        def made(stock: Stock) -> str:
            name = f"test_{next(NUMBERS)}"
            return stack.enter_context(stocked(server, built, name, stock))

        yield made


@pytest.fixture
def dsn(
    request: pytest.FixtureRequest, cluster: Cluster, stocks: Callable[[Stock], str]
) -> Iterator[str]:
    """A fresh database, built by `pgstrike upgrade`, on each engine.

    What the file's fixture `stock` gives is in it, where the test asks for that fixture.
    """
    template = cluster.template
    if "stock" in request.fixturenames:
        template = stocks(request.getfixturevalue("stock"))
    with clone(cluster.server, template, f"test_{next(NUMBERS)}") as own:
        yield own


@pytest.fixture
def other_dsn(cluster: Cluster) -> Iterator[str]:
    """Another fresh database of the same engine."""
    name = f"test_{next(NUMBERS)}"
    with clone(cluster.server, cluster.template, name) as own:
        yield own


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection in autocommit to the test's database."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        yield connection


@pytest.fixture
def store(dsn: str) -> Iterator[Store]:
    """What stores batches in the test's database, on a connection of its own."""
    opened = open_store(dsn)
    with opened.connection:
        yield opened


@pytest.fixture(scope="session")
def data() -> Path:
    """The recorded sessions."""
    if not DATA.exists():
        pytest.skip(f"no recorded session: {DATA} is absent (PGSTRIKE_DATA)")
    return DATA


@pytest.fixture
def measured() -> Callable[[str], None]:
    """Take a line with a figure, to be read after the tests."""
    return MEASURED.append


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    engine = next((name for name in ENGINES if f"[{name}" in report.nodeid), None)
    if report.when == "call" and not report.skipped:
        RAN[engine or "no engine"] += 1
    elif report.skipped and isinstance(report.longrepr, (tuple, list)):
        SKIPPED[report.longrepr[2].removeprefix("Skipped: ")] += 1


@pytest.hookimpl(trylast=True)  # after pytest's own summary: these are to be read
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in MEASURED:
        terminalreporter.write_line(f"measured: {line}")
    for name in (*ENGINES, "no engine"):
        terminalreporter.write_line(f"{name}: {RAN[name]} tests ran")
    for reason, count in SKIPPED.most_common():
        terminalreporter.write_line(f"skipped: {count} tests: {reason}")
