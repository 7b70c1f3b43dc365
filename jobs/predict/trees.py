"""Trees in LightGBM's text, evaluated by treelite, which is imported when one is first read."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.predict.lightgbm_text import read_lightgbm
from pgstrike.jobs.predict.model import Figures, Probability


def load_trees(body: str, features: Sequence[str]) -> Probability:
    """The probability by the trees of a text, of figures in the order of `features`.

    An unknown figure is NaN, of which the trees know what to do. PgstrikeError where treelite
    is not installed, or the text is no model of a probability from these features.
    """
    if read_lightgbm(body).features != tuple(features):
        raise PgstrikeError("the features of the text are not those of the model")
    try:
        with LOADING:
            import numpy
            import treelite
            from treelite import gtil
    except ImportError as error:
        raise PgstrikeError(
            "treelite is not installed; pip install 'pgstrike[models]'"
        ) from error
    with tempfile.TemporaryDirectory(prefix="pgstrike-model-") as folder:
        path = Path(folder, "model.txt")
        path.write_text(body, encoding="utf-8")
        try:
            trees = treelite.frontend.load_lightgbm_model(path)
        except treelite.TreeliteError as error:
            raise PgstrikeError(
                f"treelite refuses the text: {first_line(error)}"
            ) from error

    def probability(figures: Figures) -> float:
        row = numpy.array([figures], dtype=numpy.float64)  # None becomes NaN
        return float(gtil.predict(trees, row, nthread=1).flat[0])

    return probability


def first_line(error: Exception) -> str:
    """Without the time and the place in the library's source."""
    return str(error).partition("\n")[0].rpartition(": ")[2][:200]
