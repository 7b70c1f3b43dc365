"""Models as rows of fo.model: adding, activating and retiring them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from pgstrike.db.answers import number
from pgstrike.jobs.predict.labels import Label


class Model(NamedTuple):
    """What is added: the text has been checked, `symbol` None is any."""

    name: str
    symbol: str | None
    form: str
    body: str
    features: Sequence[str]
    label: Label
    trained_from: datetime | None = None
    trained_to: datetime | None = None
    validation: Mapping[str, Any] = {}


def as_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def add_model(connection: psycopg.Connection, model: Model) -> int:
    """Its version."""
    values = {
        **model._asdict(),
        "features": list(model.features),
        "label": model.label.name,
        "horizon": model.label.horizon,
        "threshold": model.label.threshold,
        "validation": json.dumps(model.validation),
    }
    return number(connection, "add_model", values)
