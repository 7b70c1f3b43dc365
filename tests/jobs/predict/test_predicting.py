"""Predicting from rows of features: what is kept, what is told, and what came of it."""

import json
import math
from datetime import timedelta

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.predict.predicting import predict, settle_predictions
from pgstrike.jobs.predict.serving import Models
from tests.support.predictions import add_model, add_row, linear
from tests.support.quote_market import Quote, add, events, ist, select

AT = ist("10:00:00")
FINE = {
    "link": "logit",
    "intercept": -1,
    "coefficients": {"pcr_oi": 1},
    "missing": {"pcr_oi": 1},
}


def test_each_active_model_of_the_symbol_predicts(
    connection: psycopg.Connection,
) -> None:
    add_model(connection, "up", body=linear(0.5, pcr_oi=-1.0, atm_iv=2.0))
    add_model(connection, "any", symbol=None)
    add_model(connection, "other", symbol="BANKNIFTY")
    add_model(connection, "old", state="retired")
    row = add_row(connection, AT, {"pcr_oi": 3.0, "atm_iv": 0.1})
    assert predict(connection, [row], Models()) == 2
    rows = select(
        connection,
        "SELECT name, value, reason, horizon_at, outcome FROM fo.prediction"
        " INNER JOIN fo.model ON model.id = model ORDER BY name",
    )
    assert [row["name"] for row in rows] == ["any", "up"]
    assert rows[0]["value"] == 0.5
    total = 0.5 - 1.0 * 3.0 + 2.0 * 0.1
    assert rows[1]["value"] == pytest.approx(1 / (1 + math.exp(-total)), rel=1e-12)
    assert {row["horizon_at"] for row in rows} == {AT + timedelta(minutes=5)}
    assert {row["outcome"] for row in rows} == {None}


def test_prediction_is_told(connection: psycopg.Connection) -> None:
    add_model(connection)
    predict(connection, [add_row(connection, AT)], Models())
    [told] = events(connection, "prediction")
    assert told.pop("warning").startswith("not judged yet: 0 of 100 outcomes")
    assert {key: told[key] for key in told if key not in ("id", "epoch")} == {
        "topic": "prediction",
        "symbol": "NIFTY",
        "model": "up",
        "version": 1,
        "label": "direction",
        "at": "2025-08-29T04:30:00+00:00",
        "value": 0.5,
        "reason": None,
        "horizon_at": "2025-08-29T04:35:00+00:00",
        "outcome": None,
        "outcome_reason": None,
    }


def test_same_row_is_predicted_once(connection: psycopg.Connection) -> None:
    add_model(connection)
    row = add_row(connection, AT)
    assert predict(connection, [row], Models()) == 1
    assert predict(connection, [row], Models()) == 0
    assert len(events(connection, "prediction")) == 1


@pytest.mark.parametrize(
    ("model", "figures", "reason"),
    [
        ({}, {"pcr_oi": 1.0}, "the row has no atm_iv"),
        ({}, {"pcr_oi": 1.0, "atm_iv": None}, "atm_iv is unknown"),
        ({}, {"pcr_oi": None, "atm_iv": None}, "all features are unknown"),
        ({"sha256": "0" * 64}, None, "the text does not have the model's sha256"),
        ({"body": "{"}, None, "the linear model is no JSON"),
        ({"form": "lightgbm", "body": "tree\n"}, None, "LightGBM's text has no"),
        ({"features": ("pcr_oi",)}, None, "the features of the text are not"),
    ],
)
def test_model_without_a_value_says_why_and_stops_no_other(
    connection: psycopg.Connection, model: dict, figures: dict | None, reason: str
) -> None:
    add_model(connection, "bad", **model)
    add_model(connection, "fine", body=json.dumps(FINE), features=("pcr_oi",))
    models = Models()
    predict(connection, [add_row(connection, AT, figures)], models)
    rows = select(
        connection,
        "SELECT name, value, reason FROM fo.prediction"
        " INNER JOIN fo.model ON model.id = model ORDER BY name",
    )
    assert rows[0]["value"] is None and rows[0]["reason"].startswith(reason)
    if reason.startswith("all"):
        assert rows[1]["reason"] == reason
    else:
        assert rows[1]["reason"] is None and rows[1]["value"] == 0.5


def test_outcomes_are_the_labels(store: Store, connection: psycopg.Connection) -> None:
    path = {0: 100.0, 5: 101.0, 10: 100.9, 15: 103.0}
    ids = [
        add_row(connection, AT + timedelta(minutes=minute)) for minute in (0, 5, 10, 15)
    ]
    add_model(connection, "up")
    add_model(connection, "far", label="size", threshold=0.015)
    for minute, level in path.items():
        add(store, Quote(f"10:{minute:02}:00", 100, underlying=level))
    assert predict(connection, ids, Models()) == 8
    assert settle_predictions(connection) == 6
    assert settle_predictions(connection) == 0
    rows = select(
        connection,
        "SELECT name, array_agg(outcome ORDER BY at) AS outcomes FROM fo.prediction"
        " INNER JOIN fo.model ON model.id = model GROUP BY name ORDER BY name",
    )
    assert [row["outcomes"] for row in rows] == [[0, 0, 1, None], [1, 0, 1, None]]
    told = events(connection, "prediction")[8:]
    assert len(told) == 6 and {each["outcome"] for each in told} == {0, 1}


def test_horizon_after_the_session_has_no_outcome(
    store: Store, connection: psycopg.Connection
) -> None:
    add_model(connection)
    row = add_row(connection, ist("15:28:00"))
    add(store, Quote("15:28:00", 100, underlying=100.0))
    predict(connection, [row], Models())
    assert settle_predictions(connection) == 0
    add(store, Quote("15:35:00", 100, underlying=100.0))
    assert settle_predictions(connection) == 1
    [row] = select(connection, "SELECT outcome, outcome_reason FROM fo.prediction")
    assert row == {
        "outcome": None,
        "outcome_reason": "the horizon ends after the session",
    }


def test_retired_model_is_dropped_from_memory(connection: psycopg.Connection) -> None:
    models = Models()
    add_model(connection)
    predict(connection, [add_row(connection, AT)], models)
    assert len(models) == 1
    connection.execute("UPDATE fo.model SET state = 'retired'")
    later = add_row(connection, AT + timedelta(minutes=1))
    assert predict(connection, [later], models) == 0
    assert len(models) == 0
