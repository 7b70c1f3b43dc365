"""What waits for sockets that are full: so much that memory is short, readers are cut sooner.

Frames are shared: what several readers wait with is counted once.
"""

from collections import Counter

MOST_BYTES = 64_000_000


class Unsent:
    """The frames that readers were sent in part."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.bytes = 0
        self._readers: Counter[int] = Counter()  # by the identity of what they hold

    def add(self, whole: bytes) -> None:
        self._readers[id(whole)] += 1
        if self._readers[id(whole)] == 1:
            self.bytes += len(whole)

    def remove(self, whole: bytes) -> None:
        self._readers[id(whole)] -= 1
        if not self._readers[id(whole)]:
            del self._readers[id(whole)]
            self.bytes -= len(whole)

    def is_too_much(self) -> bool:
        return self.bytes > self.most
