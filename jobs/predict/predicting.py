"""Predicting from rows of features as they are logged, and saying what came of it."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from pgstrike.db.answers import number
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.predict.serving import Models

logger = logging.getLogger(__name__)
LOADED = Models()


class Asked(NamedTuple):
    """A row of sql/queries/rows_to_predict.sql."""

    model: int
    name: str
    version: int
    form: str
    sha256: str
    features: list[str]
    feature: int
    figures: list[float | None]
    lacks: list[str]


class Made(NamedTuple):
    """A probability, or the reason why there is none."""

    value: float | None
    reason: str | None


def predict(
    connection: psycopg.Connection, rows: Sequence[int], models: Models = LOADED
) -> int:
    """Predict from new rows of fo.feature, by their ids. Returns how many predictions are new.

    It is the last act of the transaction that logs the rows. A model that fails stops no
    other: its prediction has the reason in place of a value.
    """
    models.drop_retired(connection)
    with connection.cursor(row_factory=class_row(Asked)) as cursor:
        asked = cursor.execute(
            query("rows_to_predict"), {"features": list(rows)}
        ).fetchall()
    if not asked:
        return 0
    made = [predicted(connection, each, models) for each in asked]
    values = {
        "models": [each.model for each in asked],
        "features": [each.feature for each in asked],
        "values": [each.value for each in made],
        "reasons": [each.reason for each in made],
    }
    return number(connection, "note_predictions", values)


def predicted(connection: psycopg.Connection, asked: Asked, models: Models) -> Made:
    try:
        return Made(probability(connection, asked, models), None)
    except PgstrikeError as error:
        reason = str(error)
    except Exception as error:
        if isinstance(error, psycopg.Error):
            raise
        logger.exception("model %s %s failed", asked.name, asked.version)
        reason = f"the model failed: {type(error).__name__}"
    return Made(None, reason)


def probability(connection: psycopg.Connection, asked: Asked, models: Models) -> float:
    """The probability by a model. PgstrikeError where there is none."""
    if asked.lacks:
        raise PgstrikeError(f"the row has no {', '.join(asked.lacks)}"[:200])
    if all(figure is None for figure in asked.figures):
        raise PgstrikeError("all features are unknown")
    model = models.model(
        connection, asked.model, asked.sha256, asked.form, asked.features
    )
    value = model(asked.figures)
    if not 0 <= value <= 1:  # nor NaN
        raise PgstrikeError(f"the model gives {value}, which is no probability")
    return value


def settle_predictions(connection: psycopg.Connection) -> int:
    """Say what came of the predictions whose horizon has passed. Returns of how many."""
    return number(connection, "settle_predictions")
