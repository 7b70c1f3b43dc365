"""From quotes to an active model: backfill, export, train, activate, over three sessions."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow.parquet
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.predict.model_file import read_model_text
from pgstrike.jobs.predict.splits import walk_forward
from pgstrike.jobs.tasks.pool import working
from tests.support.cli import jobs, refused
from tests.support.feature_market import play
from tests.support.quote_market import EXPIRY, FRIDAY, MONDAY, select, value
from tests.support.tasks import ask, finished, settings, wait_for_kinds

pytestmark = pytest.mark.second_later

DAYS = (FRIDAY, MONDAY, EXPIRY)
MINUTES = 75  # of each session
SPAN = {"from_": "2025-08-28T18:30:00Z", "to": "2025-09-03T00:00:00Z"}
ASKED = {
    "name": "small",
    "symbols": ["NIFTY"],
    "label": "direction",
    "horizon": "15m",
    **SPAN,
}
OPTIONS = (
    "--symbol", "NIFTY", "--from", SPAN["from_"], "--to", SPAN["to"],
    "--label", "direction", "--horizon", "15m",
)  # fmt: skip


@pytest.fixture
def market(
    store: Store, connection: psycopg.Connection, dsn: str
) -> Iterator[psycopg.Connection]:
    """Three sessions that rise and fall by the half hour, and workers."""
    for day in DAYS:
        play(store, range(MINUTES), day=day)
    with working(dsn, settings()):
        wait_for_kinds(connection)
        yield connection


def test_train_activate_and_retire(
    market: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    done = finished(market, ask(market, "backfill_features", symbol="NIFTY", **SPAN))
    # The newest 16 minutes are the job's.
    assert done == {"minutes": 3 * MINUTES - 16, "rows": 3 * MINUTES - 16}
    for form in ("linear", "lightgbm"):
        result = finished(market, ask(market, "train", form=form, **ASKED))
        assert result["split"] == "session"
        [row] = select(market, "SELECT * FROM fo.model WHERE form = %s", form)
        assert (row["name"], row["version"]) == ("small", result["version"])
        assert read_model_text(row["body"]).features == tuple(row["features"])
        validation = row["validation"]
        assert [fold["sessions"] for fold in validation["folds"]] == [
            ["2025-09-01"], ["2025-09-02"],
        ]  # fmt: skip
        overall = validation["overall"]
        assert overall["model"]["n"] == sum(
            f["model"]["n"] for f in validation["folds"]
        )
        assert overall["implied"]["n"] > 0
        assert 0.4 < overall["base_rate_before"]["auc"] < 0.6
        for fold in validation["folds"]:
            assert fold["trained_to"] < fold["from"]
    path = tmp_path / "rows.parquet"
    said = jobs(dsn, "features", "export", str(path), *OPTIONS).stdout
    table = pyarrow.parquet.read_table(path)
    assert said == f"{len(table)} rows are in {path}\n"
    assert len(table) == validation["rows"]
    frame = table.to_pandas()
    assert set(frame.origin) == {"backfilled"}
    split = walk_forward(frame.session, frame["at"], frame.label_at)
    assert [len(fold.judged) for fold in split.folds] == [
        fold["model"]["n"] for fold in validation["folds"]
    ]
    assert (
        jobs(dsn, "model", "activate", "small").stdout == "small version 2 is active\n"
    )
    jobs(dsn, "model", "activate", "small", "--version", "1")
    states = "SELECT array_agg(state ORDER BY version) FROM fo.model"
    assert value(market, states) == ["active", "retired"]
    listed = jobs(dsn, "model", "list").stdout
    assert "direction over 0:15:00" in listed and "base rate" in listed
    jobs(dsn, "model", "retire", "small")
    assert "no version of small is active" in refused(
        jobs(dsn, "model", "retire", "small")
    )
    assert value(market, states) == ["retired", "retired"]
