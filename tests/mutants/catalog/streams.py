"""Streams and their fan-out."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/api/streams/test_fanout.py",
        "api/streams/fanout.py",
        ("        if reader.is_busy:\n            continue\n", ""),
        (
            "if self._work >= WORK or self._spent >= SLICE_SECONDS:\n                await",
            "if False:\n                await",
        ),
        ("and 0 <= reader.seen <= heartbeat.upto", "and True"),
        ("if is_even and broadcast.pending(reader.seen) is None", "if is_even"),
        ("self._put(broadcast.payer, broadcast)", 'self._put("", broadcast)'),
        ("if not turn.done.done()", "if True"),
        ("        self._quiet.pop(broadcast, None)\n\n", "\n"),
        ("            line.waiting.pop(broadcast, None)\n", "            pass\n"),
        (
            "is not None:\n            self._quiet[broadcast] = monotonic()",
            "is not None:\n            self._quiet[broadcast] = 0",
        ),
        ("if reader.seen != seen or reader.key is not key", "if burst is None"),
    ),
    *of(
        "tests/api/streams/test_throttle.py",
        "api/streams/throttle.py",
        ("self._last + self.seconds)", "self._last)"),
        ("        self._due.pop(broadcast, None)\n", ""),
        ("        self._waiting.pop(broadcast, None)\n", ""),
        ("self._tick, at)", "self._tick, at + self.seconds)"),
        (
            "self._last = at",
            "self._last = asyncio.get_running_loop().time() + self.seconds",
        ),
        ("islice(self._due, AT_ONCE)", "self._due"),
        ("            elif self._waiting:\n                self._set_timer()\n", ""),
        ("            self._timer.cancel()\n", "            pass\n"),
        ("loop.time() + GATHER_SECONDS", "loop.time()"),
    ),
]
