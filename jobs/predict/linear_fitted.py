"""A linear model that has been fitted: arrays, and the text that they become."""

import json
from typing import NamedTuple

import numpy as np

from pgstrike.jobs.predict.dataset import Floats
from pgstrike.jobs.predict.linear_text import LINK


class LinearModel(NamedTuple):
    """Arrays of k features, in the order of their names."""

    intercept: float
    names: tuple[str, ...]
    coefficients: Floats
    missing: Floats

    def predict(self, features: Floats) -> Floats:
        """The probability of each of n rows; the columns are the features."""
        known = np.where(np.isfinite(features), features, self.missing)
        total = self.intercept + known @ self.coefficients
        found: Floats = 0.5 * (1 + np.tanh(total / 2))  # it never overflows
        return found

    def text(self) -> str:
        return json.dumps(
            {
                "link": LINK,
                "intercept": self.intercept,
                "coefficients": named(self.names, self.coefficients),
                "missing": named(self.names, self.missing),
            }
        )


def named(names: tuple[str, ...], values: Floats) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))
