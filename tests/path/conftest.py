"""Databases of the recorded sessions, which files of this folder share; a folder for demos."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from pgstrike.db.install.render import Engine
from tests.conftest import Cluster
from tests.support.engines import clone
from tests.support.recordings import LOTS, ingest, recording, shuffled

ORDERS = ("in_order", "shuffled")
Loaded = Callable[[Engine, str], str | None]


@pytest.fixture(scope="session")
def loaded(
    clusters: dict[Engine, Cluster | None],
    data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    """The DSN of a database that holds both files; each is loaded when first asked for.

    What asks for it is one worker's: see SHARED in tests/conftest.py.
    """
    with ExitStack() as stack:

        @cache
        def load(engine: Engine, order: str) -> str | None:
            cluster = clusters[engine]
            if cluster is None:
                return None
            dsn = stack.enter_context(
                clone(cluster.server, cluster.template, f"parity_{order}")
            )
            for symbol, lot in LOTS.items():
                path = recording(data, symbol)
                if order == "shuffled":
                    path = shuffled(path, tmp_path_factory.mktemp("feed"))
                ingest(dsn, path, lot)
            return dsn

        yield load


@pytest.fixture
def demo_home() -> Iterator[Path]:
    """A folder that the server's user may enter; pytest's own is not open to it."""
    with tempfile.TemporaryDirectory(
        prefix="pgstrike-test-demo-", dir="/var/tmp"
    ) as found:
        Path(found).chmod(0o755)
        yield Path(found)
