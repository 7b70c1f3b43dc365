"""Answers to readers while the database fails: advice, and no detail of the server."""

from collections.abc import Mapping
from typing import NamedTuple

from pgstrike.db.causes import CONNECTIONS, NO_FREE_CONNECTION, READ_ONLY, TIMEOUT
from pgstrike.db.errors import DatabaseError, PrimaryError


class Refusal(NamedTuple):
    """The code, message and headers of an answer 503."""

    code: str
    message: str
    headers: Mapping[str, str]


UNAVAILABLE = Refusal(
    "database_unavailable",
    "The database does not answer; send the same again in a few seconds.",
    {"Retry-After": "2"},
)
BUSY = Refusal(
    "database_busy",
    "The database has too much to do; send the same again in some seconds.",
    {"Retry-After": "5"},
)
TOO_SLOW = Refusal(
    "too_slow",
    "The answer took too long; ask for less at once, a shorter time or fewer strikes.",
    {"Retry-After": "5"},
)
AWAY = Refusal(
    "primary_unavailable",
    "The primary does not answer, so nothing is written; reads go on. Send the same again "
    "in some seconds.",
    {"Retry-After": "5"},
)
ONLY_READ = Refusal(
    "read_only",
    "This server only reads; send writes to one that has a primary.",
    {"Retry-After": "30"},
)
BY_CODE = {
    READ_ONLY.code: ONLY_READ,
    TIMEOUT.code: TOO_SLOW,
    CONNECTIONS.code: BUSY,
    NO_FREE_CONNECTION.code: BUSY,
}


def refusal_of(error: DatabaseError) -> Refusal:
    """One answer for every cause that a reader cannot act on; the log names the cause."""
    if isinstance(error, PrimaryError):
        return AWAY
    return BY_CODE.get(error.code, UNAVAILABLE)
