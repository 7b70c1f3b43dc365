"""Export, train, activate, predict, judge: on both recorded sessions and the simulator."""

import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import psycopg
import pyarrow.parquet
import pytest

from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.feed.simulator import simulate
from pgstrike.jobs.ingest.replay_pacing import snapshots
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.predict.features import log_due
from pgstrike.jobs.predict.predicting import settle_predictions
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.tasks.pool import working
from tests.support.cli import jobs
from tests.support.live_market import open_store
from tests.support.quote_market import MONDAY, Row, select
from tests.support.recordings import LOTS, recording
from tests.support.scheduled import wait_for as until
from tests.support.tasks import ENDED, ask, settings, task, wait_for_kinds

pytestmark = pytest.mark.second_later

BEFORE, AFTER = 90, 8  # snapshots that are trained on, and that are predicted from
HOLIDAY = 7  # snapshots at the head of a recording
PATIENCE = 300  # seconds, for a task
SPAN = {"from_": "2025-08-28T00:00:00Z", "to": "2025-09-03T00:00:00Z"}
LABEL = {"label": "direction", "horizon": "5m"}
FORMS = ("linear", "lightgbm")


def recorded(data: Path, symbol: str) -> Iterator[QuoteBatch]:
    with gzip.open(recording(data, symbol)) as file:
        yield from islice(
            snapshots(read_nse_csv(file, LOTS[symbol])), HOLIDAY + 1, None
        )


def done(connection: psycopg.Connection, kind: str, **arguments: Any) -> Row:
    id = ask(connection, kind, **arguments)
    until(lambda: task(connection, id)["state"] in ENDED, PATIENCE)
    found = task(connection, id)
    assert found["state"] == "completed", found["error"]
    return dict(found["result"])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("NIFTY", marks=pytest.mark.long),
        "BANKNIFTY",
        pytest.param("simulator", marks=pytest.mark.long),
    ],
)
def test_export_train_activate_predict(
    connection: psycopg.Connection, dsn: str, data: Path, tmp_path: Path, source: str
) -> None:
    if source == "simulator":
        symbol, batches = "NIFTY", simulate(["NIFTY"], MONDAY, seed=7)
    else:
        symbol, batches = source, recorded(data, source)
    store = open_store(connection)
    for batch in islice(batches, BEFORE):
        store.add(batch)
    refresh_all(connection)
    with working(dsn, settings()):
        wait_for_kinds(connection)
        done(connection, "backfill_features", symbol=symbol, **SPAN)
        exported(dsn, tmp_path / "rows.parquet", symbol)
        for form in FORMS:
            wanted = {"name": form, "form": form, "symbols": [symbol]}
            done(connection, "train", **wanted, **SPAN, **LABEL)
            jobs(dsn, "model", "activate", form)
    first = log_due(connection)  # the minutes that were the job's all along
    predicted = first + follow(store, batches, connection)
    assert predicted >= first + AFTER // 2
    check_predictions(connection, symbol, predicted)
    check_outcomes(connection, symbol)


def exported(dsn: str, path: Path, symbol: str) -> None:
    said = jobs(
        dsn, "features", "export", path, "--symbol", symbol,
        "--from", SPAN["from_"], "--to", SPAN["to"],
        "--label", LABEL["label"], "--horizon", LABEL["horizon"],
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    table = pyarrow.parquet.read_table(path)
    assert len(table) > BEFORE // 2
    assert {*table["label"].to_pylist()} == {0, 1}


def follow(
    store: Store, batches: Iterator[QuoteBatch], connection: psycopg.Connection
) -> int:
    """The market goes on, and the job logs and predicts. How many rows it logs."""
    rows = 0
    for batch in islice(batches, AFTER):
        store.add(batch)
        rows += log_due(connection)
    return rows


def check_predictions(
    connection: psycopg.Connection, symbol: str, predicted: int
) -> None:
    """Each logged row has one of each model; LightGBM itself says the same."""
    for form in FORMS:
        rows = select(
            connection,
            "SELECT model.body, model.features, prediction.value, logged.figures,"
            " logged.origin FROM fo.prediction AS prediction"
            " INNER JOIN fo.model AS model ON model.id = prediction.model"
            " INNER JOIN fo.feature AS logged ON logged.id = prediction.feature"
            " WHERE model.name = %s AND prediction.symbol = %s",
            form, symbol,
        )  # fmt: skip
        assert len(rows) == predicted
        assert {row["origin"] for row in rows} == {"logged"}
        assert all(row["value"] is not None for row in rows)
    booster = lightgbm.Booster(model_str=rows[0]["body"])
    figures = np.array(
        [[row["figures"][name] for name in row["features"]] for row in rows], float
    )
    assert [row["value"] for row in rows] == booster.predict(figures).tolist()


def check_outcomes(connection: psycopg.Connection, symbol: str) -> None:
    """Outcomes are the labels of training, and calibration counts them."""
    settled = settle_predictions(connection)
    assert settled > 0
    rows = select(
        connection,
        "SELECT prediction.outcome, label.label FROM fo.prediction AS prediction"
        " INNER JOIN ops.training_rows(ARRAY[%s], %s, %s, 'direction', '5 minutes', NULL)"
        " AS label ON label.at = prediction.at",
        symbol, SPAN["from_"], SPAN["to"],
    )  # fmt: skip
    assert len(rows) > 0
    assert all(row["outcome"] == row["label"] for row in rows)
    scores = select(
        connection,
        "SELECT model, outcomes, warning FROM analytics.calibration(%s)"
        " WHERE scope = 'all' ORDER BY model DESC",
        symbol,
    )
    assert [row["model"] for row in scores] == [*FORMS]
    assert sum(row["outcomes"] for row in scores) == len(rows)
    assert all("not judged yet" in row["warning"] for row in scores)
