"""Predictions for readers: calibration by an oracle, warnings, and whose they are."""

from typing import Any

import numpy as np
import psycopg
import pytest

from tests.conftest import Stock
from tests.support.grants import acting, add_key, add_market
from tests.support.health import checks
from tests.support.predictions import add_model, add_predictions, draws
from tests.support.quote_market import FRIDAY, MONDAY, Row, ist, select, value


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


def test_calibration_is_that_of_numpy(market: psycopg.Connection) -> None:
    model = add_model(market, validation={"base_rate": 0.4})
    days = {day: draws(seed, 150) for seed, day in enumerate((FRIDAY, MONDAY))}
    days[MONDAY][0][:3] = [0.0, 1.0, 0.1]
    days[MONDAY][1][:3] = [1, 0, 0]  # certain, and wrong
    for day, (values, outcomes) in days.items():
        add_predictions(market, model, values, outcomes, ist("10:00:00", day))
    add_predictions(market, model, [None, 0.5], [1, None], ist("15:00:00"))
    found = select(market, "SELECT * FROM analytics.calibration('NIFTY')")
    values = np.concatenate([np.array(each[0]) for each in days.values()])
    outcomes = np.concatenate([np.array(each[1]) for each in days.values()])
    bins = np.minimum((values * 10).astype(int), 9)
    half = np.arange(len(values)) < 150
    wanted = [("all", None, None, values >= 0)]
    wanted += [("session", FRIDAY, None, half), ("session", MONDAY, None, ~half)]
    wanted += [("bin", None, number / 10, bins == number) for number in range(10)]
    assert len(found) == len(wanted)
    for row, (scope, session, low, rows) in zip(found, wanted, strict=True):
        assert (row["scope"], row["session"]) == (scope, session)
        assert row["low_share"] == (None if low is None else pytest.approx(low))
        told(row, values[rows], outcomes[rows], 0.4)


def told(row: Row, values: Any, outcomes: Any, base: float) -> None:
    assert row["outcomes"] == len(values)
    assert row["value"] == pytest.approx(values.mean())
    assert row["outcome_share"] == pytest.approx(outcomes.mean())
    assert row["base_share"] == pytest.approx(base)
    constant = np.full(len(values), base)
    for name, forecast in (("", values), ("base_", constant)):
        brier = ((forecast - outcomes) ** 2).mean()
        came = np.where(outcomes == 1, forecast, 1 - forecast)
        loss = -np.log(np.maximum(came, 1e-15)).mean()
        assert row[f"{name}brier_score"] == pytest.approx(brier)
        assert row[f"{name}log_loss"] == pytest.approx(loss)


def test_base_rate_is_that_of_the_outcomes_where_training_says_none(
    market: psycopg.Connection,
) -> None:
    model = add_model(market)
    values, outcomes = draws(3, 50)
    add_predictions(market, model, values, outcomes, ist("10:00:00"))
    row = select(market, "SELECT * FROM analytics.calibration('NIFTY', 'up')")[0]
    told(row, np.array(values), np.array(outcomes), float(np.mean(outcomes)))


def warning(connection: psycopg.Connection, model: int) -> str | None:
    said: str | None = value(connection, "SELECT ops.model_warning(%s)", model)
    return said


def test_model_worse_than_its_base_rate_is_said_to_be_so_everywhere(
    market: psycopg.Connection,
) -> None:
    trained = {"base_rate": 0.5, "features": {}}
    good, bad = (add_model(market, name, validation=trained) for name in ("g", "b"))
    outcomes = [0, 1] * 60
    add_predictions(
        market, good, [0.2, 0.8] * 60, outcomes, ist("10:00:00"),
    )  # fmt: skip
    market.execute(
        "INSERT INTO fo.prediction (model, symbol, at, feature, value, horizon_at, outcome)"
        " SELECT %s, symbol, at, feature, 1 - value, horizon_at, outcome"
        " FROM fo.prediction",
        [bad],
    )
    assert warning(market, good) is None
    says = (
        "worse than the base rate: Brier score 0.6400 against 0.2500 over its newest 120"
        " outcomes"
    )
    assert warning(market, bad) == says
    for call in ("calibration('NIFTY', 'b')", "predictions('NIFTY', 'b')"):
        rows = select(market, f"SELECT DISTINCT warning FROM analytics.{call}")
        assert rows == [{"warning": says}]
    assert value(market, "SELECT warning FROM ops.models() WHERE name = 'b'") == says
    check = checks(market)["models"]
    assert (check.state, check.value, check.says) == ("warn", 1, f"b 1: {says}")
    market.execute("UPDATE fo.model SET state = 'retired' WHERE name = 'b'")
    assert checks(market)["models"].state == "ok"


def test_few_outcomes_judge_nothing(market: psycopg.Connection) -> None:
    model = add_model(market, validation={"features": {}})
    add_predictions(market, model, [0.9] * 99, [0] * 99, ist("10:00:00"))
    assert warning(market, model) == "not judged yet: 99 of 100 outcomes"
    assert checks(market)["models"].state == "ok"


def test_what_it_was_trained_on_judges_nothing(market: psycopg.Connection) -> None:
    model = add_model(market, validation={"features": {}})
    add_predictions(market, model, [0.1] * 120, [0] * 120, ist("10:00:00"))
    market.execute(
        "UPDATE fo.model SET trained_from = '2025-01-01', trained_to = %s",
        [ist("10:29:00")],
    )
    [whole, *_] = select(market, "SELECT * FROM analytics.calibration('NIFTY')")
    assert whole["outcomes"] == 90  # the first half hour is of its training
    assert warning(market, model) == (
        "not judged yet: 90 of 100 outcomes; 30 predictions are of times that it was"
        " trained on, and are not judged"
    )
    market.execute("UPDATE fo.model SET trained_from = trained_to, trained_to = NULL")
    assert (warning(market, model) or "").startswith("worse than the base rate")


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        (lambda n: {"pcr_oi": 1.0, "atm_iv": 0.1}, None),
        (lambda n: {"pcr_oi": 1.0, "atm_iv": 0.1 if n % 4 else 9.0}, "atm_iv outside"),
        (lambda n: {"pcr_oi": 1.0, "atm_iv": 0.1 if n % 6 else 9.0}, None),
        (lambda n: {"pcr_oi": None, "atm_iv": 0.1}, "pcr_oi unknown in 100 %"),
    ],
)
def test_features_beyond_their_training_have_drifted(
    market: psycopg.Connection, figures: Any, says: str | None
) -> None:
    trained = {
        "pcr_oi": {"quantiles": [0.5, 1.0, 1.5], "missing": 0.1},
        "atm_iv": {"quantiles": [0.05, 0.1, 0.2], "missing": 0},
    }
    model = add_model(market, validation={"features": trained})
    add_predictions(market, model, [0.5] * 120, [0, 1] * 60, ist("10:00:00"), figures)
    said = warning(market, model)
    assert said == says if says is None else says in (said or "")


def test_silent_model_is_said_to_be_so(market: psycopg.Connection) -> None:
    model = add_model(market, validation={"features": {}})
    add_predictions(market, model, [0.5, None], [None, None], ist("10:00:00"))
    assert "its newest prediction has no value: it was asleep" in (
        warning(market, model) or ""
    )
    assert checks(market)["models"].state == "warn"


def test_without_ranges_drift_is_unknown(market: psycopg.Connection) -> None:
    assert "drift is unknown" in (warning(market, add_model(market)) or "")


def test_readers_see_what_concerns_their_symbols(
    market: psycopg.Connection, dsn: str
) -> None:
    add_key(market, "one", "1", symbols=["NIFTY"])
    add_key(market, "other", "2", symbols=["BANKNIFTY"])
    add_key(market, "quotes", "3", topics=["chain"])
    model = add_model(market, "own")
    add_model(market, "any", symbol=None)
    add_model(market, "theirs", symbol="BANKNIFTY")
    add_predictions(market, model, [0.5], [1], ist("10:00:00"))
    known = "SELECT name, predictions FROM ops.models()"
    with acting(dsn, "one") as reader:
        assert select(reader, known) == [
            {"name": "any", "predictions": 0}, {"name": "own", "predictions": 1},
        ]  # fmt: skip
        assert len(select(reader, "SELECT * FROM analytics.prediction")) == 1
        assert len(select(reader, "SELECT * FROM analytics.predictions('NIFTY')")) == 1
        with pytest.raises(psycopg.Error, match="unknown model"):
            reader.execute("SELECT * FROM analytics.predictions('NIFTY', 'theirs')")
    with acting(dsn, "other") as reader:
        names = [row["name"] for row in select(reader, known)]
        assert names == ["any", "theirs"]
        assert select(reader, "SELECT * FROM analytics.prediction") == []
        with pytest.raises(psycopg.Error, match="unknown symbol"):
            reader.execute("SELECT * FROM analytics.calibration('NIFTY')")
    with acting(dsn, "quotes") as reader:
        for name in ("prediction", "model"):
            assert select(reader, f"SELECT * FROM analytics.{name}") == []
        with pytest.raises(psycopg.Error, match="not for topic prediction"):
            reader.execute("SELECT * FROM ops.models()")
