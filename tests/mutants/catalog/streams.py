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
        ("0 <= seen <= heartbeat.upto and", "True and"),
        ("and broadcast.pending(seen) is None", "and True"),
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
    *of(
        "tests/api/streams/test_in_step.py",
        "api/streams/in_step.py",
        ("        if place < self._front:\n", "        if False:\n"),
        ("            self._front -= 1\n", ""),
        ("        self._end_if_all_have_it()\n        return", "        return"),
        ("        if is_ahead and not (", "        if False and not ("),
        ("            self._swap(self._front, reader.place)\n", ""),
        ("            except BlockingIOError:\n                sent = 0\n", ""),
        ("                reader.keep_rest(wire, sent)", "                pass"),
        ("                reader.transport.abort()", "                pass"),
        (
            "self.seen, self._front, self._wire = seen, 0, None",
            "self.seen, self._front = seen, 0",
        ),
        (
            "            if burst.is_last:\n                return\n",
            "            return\n",
        ),
    ),
    *of(
        "tests/api/streams/test_in_step.py",
        "api/streams/fanout.py",
        ("        turn.reader.step_out()\n", ""),
        (
            "if not group.is_writing and is_even(broadcast, group.seen, burst)",
            "if True",
        ),
    ),
    *of(
        "tests/api/streams/test_in_step.py",
        "api/streams/connection.py",
        ("        self.descriptor = CLOSED\n", ""),
        (
            "            not (self.is_busy or self.is_closing",
            "            not (self.is_closing",
        ),
        ("        self.step_out()\n        self.descriptor", "        self.descriptor"),
    ),
    *of(
        "tests/api/streams/test_in_step.py",
        "api/server/http_connection.py",
        ("            self.reader.lose()\n", "            pass\n"),
    ),
]
