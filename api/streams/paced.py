"""A broadcast that collects changes, and sends them at its pace."""

from abc import abstractmethod
from collections.abc import Callable, Hashable

from pgstrike.api.streams.broadcast import Broadcast
from pgstrike.api.streams.throttle import Haste, Throttle


class PacedBroadcast(Broadcast):
    """Without a pace it sends each event, while there is time for that."""

    def __init__(
        self,
        subscription: Hashable,
        pace: Throttle | None,
        haste: Haste,
        stir: Callable[[Broadcast], None],
    ) -> None:
        super().__init__(subscription, stir)
        self.pace = pace
        self.haste = haste
        self._is_waiting = False  # for its pace
        self._is_due = False

    def close(self) -> None:
        (self.pace or self.haste.pace).forget(self)

    def changed(self) -> None:
        """There are changes to send."""
        if self.pace is None:
            self.hurry()
        else:
            self._wait()

    def hurry(self) -> None:
        """There are changes that are not to wait, while there is time for that."""
        if not self._is_waiting and self.haste.allowance.is_left():
            with self.haste.allowance.spending():
                self.flush()
        else:
            self._wait()

    def _wait(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            (self.pace or self.haste.pace).want(self)

    def due(self) -> None:
        self._is_due = True
        self.stir()

    @abstractmethod
    def flush(self) -> None:
        """Have the changes up to now sent."""
