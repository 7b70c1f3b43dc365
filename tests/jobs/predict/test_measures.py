"""Measures of probabilities against scikit-learn's, and those that options imply."""

import math
from datetime import timedelta

import numpy as np
import pytest
from sklearn import metrics

from pgstrike.jobs.predict.dataset import Dataset
from pgstrike.jobs.predict.labels import Label
from pgstrike.jobs.predict.measures import implied, measures

HORIZON = timedelta(minutes=15)


@pytest.mark.parametrize("seed", range(5))
def test_against_another_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, 200)
    probability = rng.random(200).round(seed + 1)  # with ties
    found = measures(label, probability)
    safe = np.clip(probability, 1e-6, 1 - 1e-6)
    assert found["log_loss"] == pytest.approx(metrics.log_loss(label, safe))
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(label, probability))
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(label, probability))
    assert found["n"] == 200


def test_of_no_rows_and_of_one_label() -> None:
    nothing = measures(np.array([], np.int64), np.array([]))
    assert nothing == {"n": 0, "log_loss": None, "brier": None, "auc": None}
    certain = measures(np.array([1, 1]), np.array([1.0, 0.0]))
    assert certain["auc"] is None
    assert certain["brier"] == 0.5
    assert math.isfinite(certain["log_loss"])


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 0.002), (1e-4, 0.004)])
def test_implied_is_the_share_of_simulated_moves(mean: float, deviation: float) -> None:
    rng = np.random.default_rng(3)
    moves = np.expm1(rng.normal(mean, deviation, 1_000_000))
    rows = dataset(mean, deviation**2)
    [up] = implied(rows, Label("direction", HORIZON))
    assert up == pytest.approx((moves > 0).mean(), abs=0.002)
    [large] = implied(rows, Label("size", HORIZON, 0.003))
    assert large == pytest.approx((abs(moves) > 0.003).mean(), abs=0.002)


def test_what_options_do_not_say_is_unknown() -> None:
    for label in (Label("direction", HORIZON), Label("size", HORIZON, 0.003)):
        assert np.isnan(implied(dataset(math.nan, math.nan), label)).all()


def dataset(mean: float, variance: float) -> Dataset:
    one = np.array([0])
    return Dataset(
        (), ("2025-08-29",), one, one, one, one, np.empty((1, 0)),
        np.array([mean]), np.array([variance]), 0,
    )  # fmt: skip
