"""Connections and their limits."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/api/server/test_alike_changes.py",
        "api/server/quick.py",
        ("hears = await self.listener.hear()", "hears = False"),
        ("if not turns or ready is None", "if ready is None"),
        (
            "if self.listener.is_in_step():\n            return",
            "if True:\n            return",
        ),
    ),
    *of(
        "tests/api/server/test_alike.py",
        "api/server/quick.py",
        (
            "if each.peer.held is each.message:\n                    self",
            "if True: self",
        ),
    ),
    *of(
        "tests/api/server/test_alike.py",
        "api/server/http_connection.py",
        ("self._pass_on()  # answers keep the order of requests", "pass"),
        ("self.quick.release(self)\n        self.all", "self.all"),
    ),
    *of(
        "tests/api/server/test_connection_limits.py",
        "api/server/connection_limits.py",
        ("len(own) >= self.limits.per_address", "len(own) > self.limits.per_address"),
        (
            "len(self.open) < self.limits.connections",
            "len(self.open) <= self.limits.connections",
        ),
        ("own if has_too_many else self.waiting", "self.waiting"),
        ("            del unknown[peer]\n", ""),
        ("sum(each.is_busy for each in unknown) > most", "len(unknown) > most"),
        ("peer.since > before", "peer.since >= before - 1000"),
        ("if peer.is_droppable()", "if True"),
        ("bool(self.limits.per_address) and not", "not"),
        (
            "        self.waiting.pop(peer, None)\n        self.know(peer)\n        peer.drop()",
            "        peer.drop()",
        ),
    ),
]
