"""Training a model: walk-forward validation fold by fold, then a fit of all rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.predict.dataset import Dataset, Floats
from pgstrike.jobs.predict.forms import Fitted, fit
from pgstrike.jobs.predict.labels import Label
from pgstrike.jobs.predict.measures import implied, measures
from pgstrike.jobs.predict.splits import Fold, Split

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)


class Validation:
    """The folds of a dataset, judged one after the other.

    What is found of a fold is JSON, so that a task that was cut short goes on after it.
    """

    def __init__(self, dataset: Dataset, split: Split, label: Label, form: str) -> None:
        self.dataset, self.split, self.form = dataset, split, form
        self.implied = implied(dataset, label)

    def judge(self, fold: Fold) -> dict[str, Any]:
        """Fit the rows before, and predict those of the fold."""
        rows = self.dataset
        label = rows.label[fold.training]
        base = float(label.mean())
        predicted = np.full(len(fold.judged), base)
        if 0 < base < 1:
            fitted = fit(self.form, rows.names, rows.features[fold.training], label)
            predicted = fitted.predict(rows.features[fold.judged])
        return {
            "trained_rows": len(fold.training),
            "trained_to": rows.datetime(fold.training[-1]).isoformat(),
            "from": rows.datetime(fold.judged[0]).isoformat(),
            "to": rows.datetime(fold.judged[-1]).isoformat(),
            "sessions": sorted({rows.sessions[n] for n in rows.session[fold.judged]}),
            "base_rate": base,
            "predicted": predicted.round(9).tolist(),
        }

    def summary(self, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What fo.model.validation keeps of folds: measures of each, and of all together."""
        folds, all_rows = [], []
        for fold, judged in zip(self.split.folds, found, strict=True):
            base = np.full(len(fold.judged), judged["base_rate"])
            rows = np.stack([fold.judged, judged["predicted"], base])
            all_rows.append(rows)
            shown = {key: judged[key] for key in judged if key != "predicted"}
            folds.append({**shown, **self._compare(rows)})
        return {
            "split": self.split.by,
            "overall": self._compare(np.concatenate(all_rows, axis=1)),
            "folds": folds,
        }

    def _compare(self, rows: Any) -> dict[str, Any]:
        """The measures of the model, the base rate before, and the options' probability.

        Options are compared on the rows where they imply one, with the model's on the same.
        """
        places, predicted, base = rows[0].astype(np.int64), rows[1], rows[2]
        label, market = self.dataset.label[places], self.implied[places]
        known = np.isfinite(market)
        return {
            "model": measures(label, predicted),
            "base_rate_before": measures(label, base),
            "implied": measures(label[known], market[known]),
            "model_where_implied": measures(label[known], predicted[known]),
        }


def described(dataset: Dataset) -> dict[str, Any]:
    """What a model was trained on: its base rate, and where each feature lay.

    Serving tells a drift by the quantiles, and by the share of rows where a feature is missing.
    """
    return {
        "base_rate": float(dataset.label.mean()),
        "features": {
            name: of_feature(column)
            for name, column in zip(dataset.names, dataset.features.T, strict=True)
        },
    }


def of_feature(column: Floats) -> dict[str, Any]:
    known = column[np.isfinite(column)]
    quantiles = np.quantile(known, QUANTILES).tolist() if len(known) else []
    return {"missing": 1 - len(known) / len(column), "quantiles": quantiles}


def fit_all(dataset: Dataset, form: str) -> Fitted:
    """The model of all rows; a PgstrikeError where their labels are all alike."""
    if len(np.unique(dataset.label)) < 2:
        raise PgstrikeError(
            f"all {len(dataset)} labels are alike; ask for a longer time or another threshold"
        )
    return fit(form, dataset.names, dataset.features, dataset.label)
