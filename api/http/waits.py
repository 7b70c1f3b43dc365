"""How long the same item has waited, by a clock that does not jump.

The database's own times go by the wall clock: it may have been ahead, or set back since.
"""

import json
from collections.abc import Iterable
from time import monotonic

from pgstrike.db.health import Check


class Waits:
    """The items of the checks, each since it was first seen."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[int, float]] = {}

    def note(self, checks: Iterable[Check]) -> None:
        for check in checks:
            if check.item is None:
                self._since.pop(check.name, None)
            elif self._since.get(check.name, (None, 0.0))[0] != check.item:
                self._since[check.name] = check.item, monotonic()

    def as_json(self) -> str:
        """What ops.seconds_waited reads."""
        return json.dumps(
            {
                name: {"item": item, "seconds": monotonic() - since}
                for name, (item, since) in self._since.items()
            }
        )
