"""Live feeds."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/jobs/live/feeds/test_kite_packets.py",
        "jobs/live/feeds/kite_packets.py",
        ("DIVISORS[3] = 1e7", "DIVISORS[3] = 1e6"),
        ("DIVISORS[[6, 12]] = 1e4", "DIVISORS[[6]] = 1e4"),
        ('("oi", ">u4", 48)', '("oi", ">u4", 52)'),
        ('("ask", ">i4", 128)', '("ask", ">i4", 124)'),
        ("        price[price == 0] = np.nan\n", ""),
        ("[np.isnan(rows[side])] = UNKNOWN", "[:0] = UNKNOWN"),
        ("np.where(since > 0,", "np.where(since > -(2**40),"),
        ("return here[: other[0]]", "return here"),
        ("        at += records.nbytes\n", "        at += length + HEAD\n"),
        ("np.argsort(numbers, kind", "np.argsort(-numbers, kind"),
        ('reasons["negative"] |= records[name] < 0', "pass"),
    ),
    *of(
        "tests/jobs/live/feeds/test_upstox_messages.py",
        "jobs/live/feeds/upstox_messages.py",
        ('for name in ("ltp", "iv", "oi"):', 'for name in ("ltp", "iv"):'),
        ('(said["volume"] != 0) | is_new', 'said["volume"] != 0'),
        ('(said["volume"] != 0) | is_new', 'said["is_option"]'),
        ("np.where(said[side] == 0, np.nan, said[side])", "said[side]"),
        ('    is_stamped &= ~said["is_option"]\n', ""),
        (
            "put(rows, name, said[name], has_greeks)",
            "put(rows, name, said[name], said[name] != 0)",
        ),
        ('~negative & ~(said["oi"] <= MOST)', '~negative & (said["oi"] > MOST)'),
        ("market.depth.levels[0]", "market.depth.levels[-1]"),
    ),
    *of(
        "tests/jobs/live/test_history.py",
        "jobs/live/history.py",
        ("LAST_SECOND = 59 * SECOND", "LAST_SECOND = 60 * SECOND"),
        ('np.cumsum(candles["volume"])', 'candles["volume"]'),
        ('side="right"', 'side="left"'),
        ("(quoted >= start) & (quoted < end)", "(minutes >= start) & (minutes < end)"),
        ("is_traded |= known", "is_traded &= known"),
    ),
    *of(
        "tests/jobs/live/test_heard.py",
        "jobs/live/heard.py",
        (
            "max(now - past(wall, read_at), self._looked_at)",
            "now - past(wall, read_at)",
        ),
        ("max(now - past(wall, read_at), self._looked_at)", "now"),
        ("        self._looked_at = now\n", ""),
    ),
    *of(
        "tests/jobs/live/test_replaying.py",
        "jobs/live/handover.py",
        ("if beats == BEATS_TO_CHOOSE:", "if beats == BEATS_TO_CHOOSE - 1:"),
        ("if beats == BEATS_TO_CHOOSE:", "if beats == BEATS_TO_CHOOSE + 1:"),
    ),
    *of(
        "tests/jobs/live/test_paced.py",
        "jobs/live/paced.py",
        ("await self._turn()", "pass"),
        ("sleep(2**tried)", "sleep(1)"),
        ("except OSError:", "except Exception:"),
    ),
    *of(
        "tests/jobs/live/feeds/test_kite.py",
        "jobs/live/feeds/listed.py",
        ("self.since <= read_at < self.until", "read_at < self.until"),
        ("expiry in live[: choice.expiries]", "expiry in live"),
        ("o.listed.expiry >= first", "o.listed.expiry > first"),
        ("middle + side + 1", "middle + side"),
    ),
    *of(
        "tests/jobs/live/feeds/test_kite.py",
        "jobs/live/feeds/kite.py",
        ("not listed.is_current(frame.read_at)", "False"),
        ('if frame.data[:1] == b"{":', "if False:"),
        ("listed.check_current(frame.read_at)", "pass"),
        (
            '{"a": "mode", "v": ["full", tokens]}',
            '{"a": "mode", "v": ["quote", tokens]}',
        ),
    ),
]
