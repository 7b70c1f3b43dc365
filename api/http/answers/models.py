"""The models that predict."""

from pgstrike.api.http.answer import Answer
from pgstrike.api.http.schemas import (
    COUNT,
    INSTANT,
    NAME,
    NUMBER,
    OBJECT,
    TEXT,
    array,
    nullable,
    record,
)

MODELS = Answer(
    record(
        {
            "models": array(
                record(
                    {
                        "name": NAME,
                        "version": COUNT,
                        "symbol": nullable(TEXT),
                        "form": {"enum": ["lightgbm", "linear"]},
                        "state": {"enum": ["added", "active", "retired"]},
                        "label": {"enum": ["direction", "size"]},
                        "threshold": nullable(NUMBER),
                        "horizon_seconds": NUMBER,
                        "features": array(TEXT),
                        "sha256": TEXT,
                        "trained_from": nullable(INSTANT),
                        "trained_to": nullable(INSTANT),
                        "added_at": INSTANT,
                        "activated_at": nullable(INSTANT),
                        "retired_at": nullable(INSTANT),
                        "validation": OBJECT,
                        "predictions": COUNT,
                        "newest_at": nullable(INSTANT),
                        "value": nullable(NUMBER),
                        "reason": nullable(TEXT),
                        "warning": nullable(TEXT),
                    }
                )
            )
        }
    )
)
