"""Linear models (jobs/predict/linear_text.py) are evaluated in plain Python."""

import json
import math
from collections.abc import Sequence

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.predict.linear_text import features_of_linear
from pgstrike.jobs.predict.model import Figures, Probability


def load_linear(body: str, features: Sequence[str]) -> Probability:
    """The probability by the text of a linear model, of figures in the order of `features`.

    PgstrikeError where the text is none, or is of other features. What is returned raises it
    where a figure is unknown, and the text has nothing that stands for it.
    """
    if features_of_linear(body) != tuple(features):
        raise PgstrikeError("the features of the text are not those of the model")
    model = json.loads(body)
    coefficients, missing = model["coefficients"], model.get("missing", {})

    def probability(figures: Figures) -> float:
        total = model["intercept"]
        for name, figure in zip(features, figures, strict=True):
            known = missing.get(name) if figure is None else figure
            if known is None:
                raise PgstrikeError(f"{name} is unknown")
            total += coefficients[name] * known
        return 0.5 * (1 + math.tanh(total / 2))  # it never overflows

    return probability
