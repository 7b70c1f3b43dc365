"""Serving models: equal to LightGBM, and no library before a model needs it."""

import subprocess
import sys
from time import perf_counter
from typing import Any

import lightgbm
import numpy as np
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.predict.serving import load_model

NAMES = [f"f{number}" for number in range(12)]


def booster(seed: int, **options: Any) -> tuple[Any, Any]:
    """Random trees, and random rows with zeros, huge figures and NaN."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(3000, len(NAMES))) * 10.0 ** rng.integers(-3, 6, len(NAMES))
    rows[rng.random(rows.shape) < 0.15] = np.nan
    rows[rng.random(rows.shape) < 0.1] = 0
    label = (np.nansum(rows[:, :3], axis=1) + rng.normal(size=3000) > 0).astype(int)
    data = lightgbm.Dataset(rows[:2000], label[:2000], feature_name=NAMES)
    chosen = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": seed}
    return lightgbm.train(chosen | options, data, 40), rows


@pytest.mark.parametrize(
    ("seed", "options"),
    [
        (1, {}),
        (3, {"use_missing": False}),
        (4, {"num_leaves": 2}),
        (5, {"num_leaves": 127, "min_data_in_leaf": 1, "sigmoid": 2.0}),
    ],
)
def test_probability_is_that_of_lightgbm(seed: int, options: dict[str, Any]) -> None:
    trained, rows = booster(seed, **options)
    model = load_model("lightgbm", trained.model_to_string(), NAMES)
    rows = rows[-500:]
    assert np.isnan(rows).any()
    found = [model([None if np.isnan(x) else float(x) for x in row]) for row in rows]
    assert found == trained.predict(rows).tolist()


def test_a_row_takes_no_longer_than_in_lightgbm() -> None:
    trained, rows = booster(1)
    model = load_model("lightgbm", trained.model_to_string(), NAMES)
    row = rows[:1]
    figures = row[0].tolist()

    def fastest(call: Any, given: Any) -> float:
        found = []
        for _ in range(300):
            began = perf_counter()
            call(given)
            found.append(perf_counter() - began)
        return min(found)

    peer = fastest(lambda given: trained.predict(given, num_threads=1), row)
    assert fastest(model, figures) < 3 * peer


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "it is no text of LightGBM"),
        ("tree\nversion=v4\n", "is it truncated"),
    ],
)
def test_bad_text_is_refused_in_one_line(body: str, says: str) -> None:
    with pytest.raises(PgstrikeError, match=says) as refused:
        load_model("lightgbm", body, NAMES)
    assert "\n" not in str(refused.value)


def test_trees_that_take_zero_for_unknown_are_refused() -> None:
    """Treelite sends a zero, and NaN, down another branch than LightGBM does."""
    trained, _ = booster(2, zero_as_missing=True)
    with pytest.raises(PgstrikeError, match="takes zero for unknown"):
        load_model("lightgbm", trained.model_to_string(), NAMES)


def test_text_of_other_features_is_refused() -> None:
    trained, _ = booster(1)
    with pytest.raises(PgstrikeError, match="are not those of the model"):
        load_model("lightgbm", trained.model_to_string(), NAMES[:2])


def test_no_model_library_is_imported_before_a_model_needs_it() -> None:
    """Not at the start of `pgstrike run`, nor of anything that it leads to."""
    found = subprocess.run(
        [
            sys.executable, "-X", "importtime", "-c",
            "import pgstrike.jobs.schedule.jobs, pgstrike.jobs.tasks.kinds",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in found.stderr.splitlines()}
    assert "pgstrike.jobs.predict.serving" in imported
    for library in ("treelite", "lightgbm", "sklearn"):
        assert library not in imported
