"""How good probabilities are: log loss, Brier score, AUC; and those that options imply."""

import math
from typing import Any

import numpy as np

from pgstrike.jobs.predict.dataset import Dataset, Floats, Ints
from pgstrike.jobs.predict.labels import Label

LEAST = 1e-6  # the log loss of a certain and wrong answer is finite


def measures(label: Ints, probability: Floats) -> dict[str, Any]:
    """Of n rows; AUC is None where all labels are alike, everything where there are none."""
    if not len(label):
        return {"n": 0, "log_loss": None, "brier": None, "auc": None}
    safe = np.clip(probability, LEAST, 1 - LEAST)
    loss = -np.where(label == 1, np.log(safe), np.log1p(-safe))
    return {
        "n": len(label),
        "log_loss": float(loss.mean()),
        "brier": float(((probability - label) ** 2).mean()),
        "auc": auc(label, probability),
    }


def auc(label: Ints, probability: Floats) -> float | None:
    """The chance that a row of label 1 has more than one of label 0; ties count half."""
    ones, zeros = int(label.sum()), int(len(label) - label.sum())
    if not ones or not zeros:
        return None
    _, place, count = np.unique(probability, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    return float((rank[place][label == 1].sum() - ones * (ones + 1) / 2) / ones / zeros)


def implied(dataset: Dataset, label: Label) -> Floats:
    """The probability of each row's label by its options, as of a log-normal move; (n,).

    NaN where they imply none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(dataset.variance)
        if label.name == "direction":
            return normal(dataset.mean / deviation)
        assert label.threshold is not None
        up = (math.log1p(label.threshold) - dataset.mean) / deviation
        down = (math.log1p(-label.threshold) - dataset.mean) / deviation
        return normal(-up) + normal(down)


def normal(values: Floats) -> Floats:
    """The cumulative normal distribution."""
    found: Floats = np.vectorize(
        lambda value: math.erfc(-value / math.sqrt(2)) / 2, otypes=[np.float64]
    )(values)
    return found
