"""A database of another state: refused in one line, and its quotes go into a new one."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.errors import DatabaseError
from pgstrike.db.install.schema import require_built
from pgstrike.db.paths import ROOT
from tests.conftest import NUMBERS, Cluster
from tests.support.engines import alembic, clone
from tests.support.quote_market import Leg, Quote, add, open_store, select

pytestmark = pytest.mark.second_later

CALL: Leg = {"ltp": 100.05, "volume": 750, "oi": 7500, "iv": 0.11, "delta": 0.4}
QUOTES = [
    Quote("10:00:00", 24_500, CALL, {"bid": 1.0, "ask": 1.1}, underlying=24_510.3),
    # Its chain has an underlying; the row itself brought another figure.
    Quote("10:00:00", 24_550, CALL, {}, forward=24_700.0),
    Quote("10:00:01", 24_500, {**CALL, "volume": 1500}, {"oi": 75, "volume": 0}),
    # A drop-out: its feed's figures are kept apart.
    Quote("10:00:02", 24_500, {"ltp": 99.0, "volume": 0, "oi": 0}),
    # A volume that is doubted: what its feed said is kept apart.
    Quote("10:00:03", 24_500, {**CALL, "volume": 1490, "prev_oi": 7300}),
    Quote("10:00:04", 24_500, {**CALL, "volume": 1600, "prev_oi": 7300}),
    Quote("10:00:02", 24_500, CALL, symbol="BANKNIFTY"),
]


def command(dsn: str, *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "pgstrike", *arguments],
        cwd=ROOT,
        env={**os.environ, "PGSTRIKE_DSN": dsn},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE job.installation SET state_hash = 'of another text'",
        "ALTER TABLE job.installation DROP COLUMN state_hash",
    ],
)
def test_other_state_is_refused(
    dsn: str, connection: psycopg.Connection, change: str
) -> None:
    """By the upgrade and by every command, with the way out; nothing is changed."""
    connection.execute(change.encode())
    done = alembic(dsn, "upgrade", "head")
    assert done.returncode == 1
    assert "pgstrike export" in done.stderr.splitlines()[-1]
    with pytest.raises(DatabaseError, match="another pgstrike"):
        require_built(connection)
    assert alembic(dsn, "downgrade", "base").returncode == 0


def test_exported_quotes_make_the_same_database(
    dsn: str, connection: psycopg.Connection, cluster: Cluster, tmp_path: Path
) -> None:
    store = open_store(dsn)
    for quote in QUOTES:
        add(store, quote)
    store.connection.close()
    connection.execute("UPDATE job.installation SET state_hash = 'of another text'")
    file = tmp_path / "quotes.ndjson"
    file.write_bytes(command(dsn, "export"))
    assert len(file.read_text().splitlines()) == len(QUOTES)
    with clone(cluster.server, cluster.template, f"test_{next(NUMBERS)}") as other:
        command(other, "ingest", str(file))
        with psycopg.connect(other, options="-c timezone=UTC") as new:
            for relation in ("option_quote", "quote_dropout", "contract"):
                rows = f"SELECT * FROM fo.{relation} AS r ORDER BY r::text"
                assert select(new, rows) == select(connection, rows) != []
