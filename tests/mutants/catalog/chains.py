"""The chains in memory, for panels."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/api/streams/test_panel.py",
        "api/chains/expiry_chain.py",
        ("if row.newest > since or not was_in", "if row.newest > since"),
        ("if self._moved[-1] > since else now", "if False else now"),
        ("headed <= since:", "True:"),
        (
            "is_newest = times[0] > times[1] or (",
            "is_newest = times[0] >= times[1] or (",
        ),
        ("lowest <= self._head_strike", "lowest < self._head_strike"),
        (
            "        if money != self._money[-1]:\n            self._places.clear()\n",
            "",
        ),
        (
            "            self._places.clear()\n            self._delisted.pop",
            "            self._delisted.pop",
        ),
    ),
    *of(
        "tests/api/chains/test_expiry_chain.py",
        "api/chains/expiry_chain.py",
        ("self.since = self._moved[0]", "pass"),
        ("max(bisect_right(self._moved, id) - 1, 0)", "0"),
        ("elif money != self._money[-1]", "elif True"),
    ),
    *of(
        "tests/api/chains/test_strike.py",
        "api/chains/strike.py",
        ("if new != old]", "if True]"),
        ("        self._kept.clear()\n\n", "\n"),
        (
            "            self._kept.clear()\n            self._kept_since",
            "            self._kept_since",
        ),
        ("self._stale += places", "self._stale = places"),
        ('if since == ALL else ""', 'if True else ""'),
    ),
    *of(
        "tests/api/chains/test_window.py",
        "api/chains/window.py",
        (
            "underlying - below:\n        return",
            "underlying - below + 1:\n        return",
        ),
        (
            "strikes[above] - underlying < underlying",
            "strikes[above] - underlying <= underlying",
        ),
        ("reach = (levels + 0.5) * money.gap", "reach = levels * money.gap"),
        ("self.above < strike <= self.upto", "self.above <= strike <= self.upto"),
        ("self.above < strike <= self.upto", "self.above < strike < self.upto"),
        ("math.nextafter(lowest, -math.inf)", "lowest"),
        (
            "if above == 0:\n        return Money(strikes[0], gap)",
            "if above == 0:\n        return Money(None, gap)",
        ),
        (
            "first = bisect_right(strikes, self.above)",
            "first = bisect_right(strikes, self.above) + 1",
        ),
    ),
    *of(
        "tests/api/chains/test_market.py",
        "api/chains/market.py",
        ("elif event.symbol in self.chains", "else"),
        (
            'if event.topic == "chain" and event.symbol == symbol',
            'if event.topic == "chain"',
        ),
        ("        self.chains.clear()\n", ""),
        ("        self.restarts += 1\n", ""),
        ("self._to_notify.pop(symbol, ())", "self._to_notify.get(symbol, ())"),
        ("if not event.expiry or not wanted", "if not event.expiry"),
        ("        self.passing.pop(shown, None)\n", ""),
        ("            self._to_notify[symbol].discard(shown)\n", ""),
        ("        if not fields.users:\n", "        if True:\n"),
        (
            '            logger.warning("event_ignored cause=%s", one_line(error))\n            return\n',
            "            return\n",
        ),
    ),
    *of(
        "tests/api/chains/test_bar_market.py",
        "api/chains/read_market.py",
        (
            "self.version_of(event) > self.version",
            "self.version_of(event) >= self.version",
        ),
        ("if read.version < self.version_of(self._waiting[0])", "if False"),
        ("if not self.chains.keys() <= read.updates.keys()", "if False"),
        ("        self._waiting.clear()\n", ""),
        (
            "        self.version = read.version\n        self._pass_read()",
            "        self._pass_read()",
        ),
        ("bool(self.chains) and self.version_of", "self.version_of"),
        ("super().hold(symbol, read, self.at)", "super().hold(symbol, read, id)"),
    ),
    *of(
        "tests/api/chains/test_updates.py",
        "api/chains/updates.py",
        ("(KeyError, TypeError, AttributeError)", "(TypeError, AttributeError)"),
        ("(KeyError, TypeError, AttributeError)", "KeyError"),
        ('body.get("expired", False)', "False"),
    ),
]
