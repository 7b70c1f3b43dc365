"""The models in memory: each is read and checked when a row first needs it."""

import hashlib
import logging
from collections.abc import Sequence

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.predict.linear import load_linear
from pgstrike.jobs.predict.model import Probability
from pgstrike.jobs.predict.trees import load_trees

logger = logging.getLogger(__name__)
LOADERS = {"lightgbm": load_trees, "linear": load_linear}


def load_model(form: str, body: str, features: Sequence[str]) -> Probability:
    """What computes a probability from figures in the order of `features`.

    PgstrikeError says in one line what is wrong with the text. No library is imported before a
    model needs it.
    """
    return LOADERS[form](body, features)


class Models:
    """Models by id and sha256, and why one cannot be used. For one thread."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[int, str], Probability | PgstrikeError] = {}

    def __len__(self) -> int:
        return len(self._loaded)

    def drop_retired(self, connection: psycopg.Connection) -> None:
        if self._loaded:
            active = set(connection.execute(query("active_models")).fetchall())
            for each in self._loaded.keys() - active:
                del self._loaded[each]

    def model(
        self,
        connection: psycopg.Connection,
        id: int,
        sha256: str,
        form: str,
        features: Sequence[str],
    ) -> Probability:
        """The model, read where it is not in memory. PgstrikeError where it cannot be used.

        A text that was refused is not read again, until pgstrike starts anew.
        """
        known = self._loaded.get((id, sha256))
        if known is None:
            try:
                known = load_model(form, body_of(connection, id, sha256), features)
            except PgstrikeError as error:
                logger.warning("model %s cannot be used: %s", id, error)
                known = error
            self._loaded[id, sha256] = known
        if isinstance(known, PgstrikeError):
            raise known
        return known


def body_of(connection: psycopg.Connection, id: int, sha256: str) -> str:
    """The text of a model. PgstrikeError where it is not that of the sha256."""
    row = connection.execute(query("model_body"), {"model": id}).fetchone()
    if row is None:
        raise PgstrikeError("the model is gone")
    body = str(row[0])
    if hashlib.sha256(body.encode()).hexdigest() != sha256:
        raise PgstrikeError("the text does not have the model's sha256: add it again")
    return body
