"""Fitting models: logistic regression and LightGBM, which are an extra.

A form fits rows (n, k) and labels (n,), answers probabilities, and has a text. The packages
are imported when a model is first fitted.
"""

import importlib
from typing import Any, Protocol

import numpy as np

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.predict.dataset import Floats, Ints
from pgstrike.jobs.predict.linear_fitted import LinearModel

ROUNDS = 100  # trees: never chosen by the rows that judge
LEAST_OF_LEAF = 20
SEED = 7


class Fitted(Protocol):
    """A model that has been fitted."""

    def predict(self, features: Floats) -> Floats:
        """The probability of label 1 of each row; (n,)."""

    def text(self) -> str:
        """As fo.model keeps it."""


def fit(form: str, names: tuple[str, ...], features: Floats, label: Ints) -> Fitted:
    """Fit n rows of k named features; NaN is unknown. Both labels have to occur."""
    fitting = fit_linear if form == "linear" else fit_lightgbm
    return fitting(names, features, label)


def fit_linear(names: tuple[str, ...], features: Floats, label: Ints) -> LinearModel:
    """Logistic regression of standardised features; what is unknown counts as the mean."""
    known = np.isfinite(features)
    counts = np.maximum(known.sum(axis=0), 1)
    center = np.where(known, features, 0).sum(axis=0) / counts
    apart = np.where(known, features - center, 0)
    scale = np.sqrt((apart**2).sum(axis=0) / counts)
    scale = np.where(scale > 1e-12 * np.maximum(1, abs(center)), scale, 1)
    model = package("sklearn.linear_model").LogisticRegression(max_iter=10_000)
    model.fit(apart / scale, label)
    coefficients = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - coefficients @ center)
    return LinearModel(intercept, names, coefficients, center)


class Boosted:
    """A booster of LightGBM."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster

    def predict(self, features: Floats) -> Floats:
        return np.asarray(self._booster.predict(features), np.float64)

    def text(self) -> str:
        return str(self._booster.model_to_string())


def fit_lightgbm(names: tuple[str, ...], features: Floats, label: Ints) -> Boosted:
    """Small trees, the same ones from the same rows."""
    lightgbm = package("lightgbm")
    rows = lightgbm.Dataset(features, label, feature_name=list(names))
    parameters = {
        "objective": "binary", "num_leaves": 15, "min_data_in_leaf": LEAST_OF_LEAF,
        "learning_rate": 0.05, "feature_fraction": 0.8, "bagging_fraction": 0.8,
        "bagging_freq": 1, "lambda_l2": 1.0, "seed": SEED, "deterministic": True,
        "force_col_wise": True, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    return Boosted(lightgbm.train(parameters, rows, ROUNDS))


def package(name: str) -> Any:
    try:
        with LOADING:
            return importlib.import_module(name)
    except ImportError:
        raise PgstrikeError(
            f"training needs {name.partition('.')[0]}; pip install 'pgstrike[models]'"
        ) from None
