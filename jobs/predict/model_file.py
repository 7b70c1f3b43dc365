"""Model texts from files: read to a limit, and checked before they are stored."""

from pathlib import Path
from typing import NamedTuple

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.predict import lightgbm_text
from pgstrike.jobs.predict.linear_text import features_of_linear

MOST_BYTES = 32 << 20  # 32 MiB are 20,000 trees of 30 leaves


class ModelText(NamedTuple):
    """A checked text. Its features are in the order that the model counts them in."""

    form: str
    body: str
    features: tuple[str, ...]


def read_model_file(path: Path, most: int = MOST_BYTES) -> ModelText:
    """The checked text of a file; a PgstrikeError where it is none."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise PgstrikeError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > most:
        raise PgstrikeError(
            f"{path} has more than {most:,} bytes; give a smaller model"
        )
    try:
        return read_model_text(decoded(data))
    except PgstrikeError as error:
        raise PgstrikeError(f"{path}: {error}") from None


def read_model_text(text: str) -> ModelText:
    """The form is told by how the text begins."""
    if text.startswith(lightgbm_text.BEGINS):
        found = lightgbm_text.read_lightgbm(text)
        return ModelText("lightgbm", text, found.features)
    if text.lstrip().startswith("{"):
        return ModelText("linear", text, features_of_linear(text))
    raise PgstrikeError(
        "it is no model: give LightGBM's text, or the JSON of a linear one (docs/models.md)"
    )


def decoded(data: bytes) -> str:
    """Text; a pickle, say, is none."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise PgstrikeError("it is binary; a model is a text, and never a pickle")
    return text
