"""Export, train and activate on the two recorded sessions."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pyarrow.parquet
import pytest

from pgstrike.db.install.render import Engine
from pgstrike.jobs.predict.features import log_due
from pgstrike.jobs.tasks.pool import working
from tests.conftest import ENGINES, Cluster
from tests.path.conftest import Loaded
from tests.support.cli import jobs, refused
from tests.support.engines import WANTED, clone, closed
from tests.support.quote_market import select
from tests.support.scheduled import wait_for as until
from tests.support.tasks import ask, settings, task, wait_for_kinds

pytestmark = pytest.mark.second_later

SYMBOLS = ("BANKNIFTY", "NIFTY")
SPAN = {"from_": "2025-08-29T08:00:00Z", "to": "2025-08-29T10:30:00Z"}
HORIZON, THRESHOLD = "5m", 0.0005
ENDED = ("completed", "failed")


@pytest.fixture(params=ENGINES)
def market(
    request: pytest.FixtureRequest,
    loaded: Loaded,
    clusters: dict[Engine, Cluster | None],
) -> Iterator[str]:
    """The DSN of a database of its own with both recorded sessions, and workers."""
    cluster = clusters[request.param]
    if cluster is None:
        pytest.skip(f"engine {request.param} is not here: {WANTED}")
    dsn = loaded(request.param, "in_order")
    assert dsn is not None
    template = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    with ExitStack() as stack:
        with closed(cluster.server, template):
            own = stack.enter_context(clone(cluster.server, template, "models"))
        stack.enter_context(working(own, settings()))
        yield own


@pytest.mark.long
def test_export_train_and_activate(market: str, tmp_path: Path) -> None:
    with psycopg.connect(market, autocommit=True) as connection:
        wait_for_kinds(connection)
        for symbol in SYMBOLS:
            asked = ask(connection, "backfill_features", symbol=symbol, **SPAN)
            done(connection, asked)
        assert log_due(connection) > 0  # the newest minutes are the job's
        path = tmp_path / "rows.parquet"
        export(market, path)
        frame = pyarrow.parquet.read_table(path).to_pandas()
        assert {*frame.symbol} == {*SYMBOLS}
        assert {*frame.session.astype(str)} == {"2025-08-29"}
        assert {*frame.origin} == {"logged", "backfilled"}
        assert frame.atm_iv.notna().all()
        assert ((frame.label == 1) == (frame.move.abs() > THRESHOLD)).all()
        assert 0.05 < frame.label.mean() < 0.95
        for form in ("linear", "lightgbm"):
            train(connection, form)
            [model] = select(connection, "SELECT * FROM fo.model WHERE form = %s", form)
            validation = model["validation"]
            assert validation["rows"] == len(frame)
            assert validation["logged_rows"] == (frame.origin == "logged").sum()
            assert validation["split"] == "time"  # there is one session only
            judged = validation["overall"]
            assert judged["implied"]["n"] == judged["model"]["n"] >= len(frame) / 3
            assert validation["base_rate"] == pytest.approx(frame.label.mean())
            said = jobs(market, "model", "activate", model["name"]).stdout
            assert said == f"{model['name']} version 1 is active\n"
        known = refused(jobs(market, "model", "activate", "none"))
        assert "there is no model none" in known


def export(dsn: str, path: Path) -> None:
    jobs(
        dsn, "features", "export", str(path), "--symbol", "NIFTY", "--symbol", "BANKNIFTY",
        "--from", SPAN["from_"], "--to", SPAN["to"], "--label", "size",
        "--horizon", HORIZON, "--threshold", str(THRESHOLD),
    )  # fmt: skip


def train(connection: psycopg.Connection, form: str) -> None:
    asked = ask(
        connection, "train", name=f"size-{form}", symbols=[*SYMBOLS], label="size",
        horizon=HORIZON, threshold=THRESHOLD, form=form, **SPAN,
    )  # fmt: skip
    done(connection, asked)


def done(connection: psycopg.Connection, id: int) -> None:
    """Once a task has ended, however long that takes, it is completed."""
    until(lambda: task(connection, id)["state"] in ENDED, 600)
    row = task(connection, id)
    assert row["state"] == "completed", row["error"]
