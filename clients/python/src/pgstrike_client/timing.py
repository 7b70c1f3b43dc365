"""How long a stream waits for what, and how its waits grow."""

import random
from typing import NamedTuple


class Timing(NamedTuple):
    """How long to wait for what, in seconds."""

    first_wait: float = 1  # before the first retry, until the server sends `retry:`
    longest_wait: float = 30  # between retries, which double
    longest_retry: float = 3600  # the most that `retry:` and `Retry-After` may ask for
    stall: float = 45  # silence after which a connection is given up: three heartbeats
    poll: float = 5  # between two polls
    try_stream: float = 60  # how long to poll before streaming is tried again


def wait_after(
    failures: int, retry: float, asked: float | None, timing: Timing
) -> float:
    """How long to wait for the next connection, after so many failures in a row.

    `retry` is the stream's own wait, and `asked` what the last answer asked for.
    """
    first = min(retry, timing.longest_retry)
    most = max(timing.longest_wait, first)
    backoff = min(most, first * 2 ** min(failures, 20))
    seconds = backoff if asked is None else min(asked, timing.longest_retry)
    # Jitter only lengthens what the server asked for.
    return seconds + random.uniform(0, backoff / 2)
