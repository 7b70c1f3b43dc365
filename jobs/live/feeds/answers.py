"""What brokers' feeds share of REST: answers as JSON, and refused tokens."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.figures import at
from pgstrike.jobs.live.plugin import RefusedError

Secret = Callable[[str], str]  # by the name of its variable


def data_of(body: bytes, broker: str, kind: type) -> Any:
    """The member `data` of an answer; FeedError where it is not of this kind."""
    try:
        data = at(json.loads(body), "data")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, kind):
        raise FeedError(f"{broker}'s answer has no data: {body[:80]!r}")
    return data


@contextmanager
def renewing(how: str) -> Iterator[None]:
    """Say how to renew a token where the broker refuses it."""
    try:
        yield
    except RefusedError as error:
        raise RefusedError(f"{error}. {how}") from error
