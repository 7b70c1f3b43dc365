"""The task of training a model, which is done in jobs/tasks/training.py."""

from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.predict.labels import HORIZON, LABELS
from pgstrike.jobs.predict.model import FORMS
from pgstrike.jobs.tasks.kind import FROM, TO, Kind, Result
from pgstrike.jobs.tasks.work import Work


def run(work: Work) -> Result:
    with LOADING:
        from pgstrike.jobs.tasks.training import train

    return train(work)


KIND = Kind(
    name="train",
    about="Train a model on features, judge it walk-forward, and add it to fo.model.",
    properties={
        "name": {
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9_.-]{0,62}$",
            "description": "the model's name: small letters, digits and _ . -",
        },
        "symbols": {
            "type": "array",
            "items": {"type": "string", "maxLength": 32},
            "minItems": 1,
            "description": 'the underlyings: ["NIFTY"]',
        },
        "from": FROM,
        "to": TO,
        "label": {"enum": [*LABELS], "description": "direction or size"},
        "horizon": {
            "type": "string",
            "pattern": f"^{HORIZON}$",
            "description": "how far ahead: 15m",
        },
        "threshold": {
            "type": "number",
            "description": "the move that counts for label size, as a share: 0.003",
        },
        "form": {"enum": [*FORMS], "description": "linear or lightgbm"},
        "features": {
            "type": "array",
            "items": {"type": "string", "maxLength": 63},
            "minItems": 1,
            "uniqueItems": True,
            "description": "names of analytics.feature_names(); all if left out",
        },
        "gap": {
            "type": "string",
            "pattern": f"^{HORIZON}$",
            "description": "between training and judged rows; the horizon if left out",
        },
    },
    required=("name", "symbols", "from", "to", "label", "horizon", "form"),
    run=run,
)
