"""Fitting: what is predicted is what the text says, unknown figures included."""

import json

import lightgbm
import numpy as np
import pytest

from pgstrike.jobs.predict.dataset import Floats, Ints
from pgstrike.jobs.predict.forms import fit
from pgstrike.jobs.predict.measures import auc
from pgstrike.jobs.predict.model import FORMS

NAMES = ("atm_iv", "pcr_oi", "never_known", "constant")


def rows(seed: int, count: int = 600) -> tuple[Floats, Ints]:
    """The label follows the first feature; figures are unknown now and then."""
    rng = np.random.default_rng(seed)
    features = rng.normal([0.12, 1.0, 0, 5], [0.02, 0.3, 1, 0], (count, 4))
    label = (features[:, 0] + rng.normal(0, 0.01, count) > 0.12).astype(np.int64)
    features[rng.random((count, 4)) < 0.05] = np.nan
    features[:, 2] = np.nan
    return features, label


@pytest.mark.parametrize("form", FORMS)
def test_what_is_fitted_predicts_and_is_the_same_again(form: str) -> None:
    fitted = fit(form, NAMES, *rows(1))
    features, label = rows(2)
    predicted = fitted.predict(features)
    assert ((predicted > 0) & (predicted < 1)).all()
    found = auc(label, predicted)
    assert found is not None and found > 0.85
    assert fit(form, NAMES, *rows(1)).text() == fitted.text()


def test_linear_text_says_what_is_predicted() -> None:
    fitted = fit("linear", NAMES, *rows(1))
    model = json.loads(fitted.text())
    features, _ = rows(3)
    for row, predicted in zip(features, fitted.predict(features), strict=True):
        total = model["intercept"] + sum(
            model["coefficients"][name]
            * (model["missing"][name] if np.isnan(figure) else figure)
            for name, figure in zip(NAMES, row, strict=True)
        )
        assert predicted == pytest.approx(1 / (1 + np.exp(-total)), rel=1e-12)


def test_lightgbm_text_says_what_is_predicted() -> None:
    fitted = fit("lightgbm", NAMES, *rows(1))
    features, _ = rows(3)
    loaded = lightgbm.Booster(model_str=fitted.text())
    assert (loaded.predict(features) == fitted.predict(features)).all()
