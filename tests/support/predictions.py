"""Models and rows of features that a test writes down, and markets that they predict."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

MINUTE = timedelta(minutes=1)
FEATURES = ("pcr_oi", "atm_iv")


def linear(intercept: float = 0.0, **coefficients: float) -> str:
    """The text of a linear model."""
    wanted = dict.fromkeys(FEATURES, 0.0) | coefficients
    return json.dumps({"link": "logit", "intercept": intercept, "coefficients": wanted})


def add_model(
    connection: psycopg.Connection,
    name: str = "up",
    *,
    body: str | None = None,
    form: str = "linear",
    features: tuple[str, ...] = FEATURES,
    symbol: str | None = "NIFTY",
    horizon: timedelta = timedelta(minutes=5),
    label: str = "direction",
    threshold: float | None = None,
    validation: Mapping[str, Any] | None = None,
    sha256: str | None = None,
    state: str = "active",
) -> int:
    """The id of a new version of a model."""
    text = linear() if body is None else body
    row = connection.execute(
        "INSERT INTO fo.model (name, version, symbol, form, body, sha256, features, label,"
        " horizon, threshold, validation, state) SELECT %(name)s,"
        " coalesce(max(version), 0) + 1, %(symbol)s, %(form)s, %(body)s, %(sha256)s,"
        " %(features)s, %(label)s, %(horizon)s, %(threshold)s, %(validation)s, %(state)s"
        " FROM fo.model WHERE name = %(name)s RETURNING id",
        {
            "name": name, "symbol": symbol, "form": form, "body": text,
            "sha256": sha256 or hashlib.sha256(text.encode()).hexdigest(),
            "features": list(features), "label": label, "horizon": horizon,
            "threshold": threshold, "validation": Jsonb(validation or {}),
            "state": state,
        },
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


def add_row(
    connection: psycopg.Connection,
    at: datetime,
    figures: Mapping[str, float | None] | None = None,
    symbol: str = "NIFTY",
) -> int:
    """The id of a new row of features."""
    known = {"pcr_oi": 1.0, "atm_iv": 0.1} if figures is None else figures
    row = connection.execute(
        "INSERT INTO fo.feature (symbol, at, origin, figures)"
        " VALUES (%s, %s, 'logged', %s) RETURNING id",
        [symbol, at, Jsonb(known)],
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_predictions(
    connection: psycopg.Connection,
    model: int,
    values: Any,
    outcomes: Any,
    start: datetime,
    figures: Any = None,
) -> None:
    """One a minute, with its outcome; None is unknown."""
    for number, (value_, outcome) in enumerate(zip(values, outcomes, strict=True)):
        at = start + number * MINUTE
        row = add_row(connection, at, figures and figures(number))
        connection.execute(
            "INSERT INTO fo.prediction"
            " (model, symbol, at, feature, value, reason, horizon_at, outcome)"
            " VALUES (%s, 'NIFTY', %s, %s, %s, %s, %s, %s)",
            [
                model, at, row, value_, None if value_ is not None else "it was asleep",
                at + 5 * MINUTE, outcome,
            ],
        )  # fmt: skip


def draws(seed: int, count: int) -> tuple[list[float], list[int]]:
    """Probabilities, and outcomes that come as often as they say."""
    rng = np.random.default_rng(seed)
    values = rng.random(count)
    return values.tolist(), (rng.random(count) < values).astype(int).tolist()
