"""The hub of events."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/api/events/test_hub.py",
        "api/events/hub.py",
        ("if event.position.id != self.position.id + 1", "if False"),
        (
            "or event.position.epoch != self.position.epoch:\n            return False",
            "and False:\n            pass",
        ),
        (
            "            return True\n        if event.position.id",
            "            pass\n        if event.position.id",
        ),
        ("missing > len(self.ring)", "missing > len(self.ring) + 1"),
        ("        self.ring.clear()\n", ""),
        ("        self.ring_bytes = 0\n        for", "        for"),
        (
            "return events > self.events or size > self.bytes",
            "return events > self.events",
        ),
        (
            "        if not self._pressed:\n            self._relief.set()",
            "        self._relief.set()",
        ),
        ("self.position.epoch == position.epoch and", "True and"),
        ("self._relief.clear()", "pass"),
        (
            "async with asyncio.timeout(RELIEF_SECONDS)",
            "async with asyncio.timeout(None)",
        ),
    ),
    *of(
        "tests/api/events/shared/test_source.py",
        "api/events/shared/channel.py",
        (
            "            if self.heard_at is not None:\n                self._open",
            "            if True:\n                self._open",
        ),
        ("        self._close_door()\n        self._door = None\n", ""),
    ),
]
