"""A share of the time for work that may be put off: it is done at once while some is left."""

import contextlib
from collections.abc import Iterator
from time import monotonic, thread_time

SHARE = 0.1
MOST_SECONDS = 0.0005  # in a row


class Allowance:
    """Filled with the time that passes, emptied by the processor's time that is spent."""

    def __init__(self, share: float = SHARE, most: float = MOST_SECONDS) -> None:
        self.share = share
        self.most = most
        self._left = most
        self._since = monotonic()

    def is_left(self) -> bool:
        now = monotonic()
        filled = self._left + (now - self._since) * self.share
        self._left, self._since = min(filled, self.most), now
        return self._left > 0

    @contextlib.contextmanager
    def spending(self) -> Iterator[None]:
        began = thread_time()
        try:
            yield
        finally:
            self._left -= thread_time() - began
