"""The form of an answer, and the answers of which there are many: tables and texts."""

from typing import NamedTuple

from pgstrike.api.http.schemas import ANYTHING, TEXT
from pgstrike.api.parameters import Schema

JSON_TYPE = "application/json"


class Answer(NamedTuple):
    """The answer of a route where it succeeds, and the statuses of its own refusals."""

    schema: Schema = ANYTHING
    metrics: tuple[str, ...] = ()  # whose rows it has; "*": the one in the path
    envelope: Schema = ANYTHING  # members beside the rows
    media: str = JSON_TYPE
    status: int = 200
    failures: tuple[int, ...] = ()
    has_etag: bool = False
    takes: Schema | None = None  # the body of the request
    takes_media: str = JSON_TYPE
    says_bad: bool = False  # 503 is an answer of the same form
    has_rows: bool = False  # of no metric alone: its schema says which

    @property
    def is_table(self) -> bool:
        return bool(self.metrics) or self.has_rows


def table(*metrics: str, **envelope: Schema) -> Answer:
    """The rows of one of these metrics."""
    return Answer(metrics=metrics, envelope=envelope, has_etag=True)


def text(media: str, *failures: int) -> Answer:
    return Answer(TEXT, media=media, failures=failures)
