"""Storing batches."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/jobs/ingest/test_store.py",
        "jobs/ingest/store.py",
        (
            "with self.connection.transaction(), self.connection.cursor() as cursor",
            "with self.connection.cursor() as cursor",
        ),
        ("LIVE_AHEAD if is_live else RECORDED_AHEAD", "RECORDED_AHEAD"),
        ("            self.unpruned = 0\n", ""),
        ("added and self.unpruned >= PRUNE_REJECTS", "self.unpruned > PRUNE_REJECTS"),
        ("ahead and monotonic() >= self.say_ahead_at", "ahead"),
        ("        self.declared |= codes\n", ""),
        ('[each for each in rejects if each.reason != "ahead_of_market"]', "[]"),
        (
            "contextlib.suppress(psycopg.errors.CheckViolation)",
            "contextlib.suppress(ValueError)",
        ),
        ('batch.symbols[batch.rows["symbol"][row_no]]', "batch.symbols[0]"),
        ("self.known_years |= {each for each in new if each[0] in known}", "pass"),
        ("(times - day, times + day)", "(times, times)"),
    ),
    *of(
        "tests/jobs/ingest/test_store.py",
        "jobs/ingest/price_batch.py",
        (
            "np.flatnonzero(keys[1:] != keys[:-1]) + 1",
            "np.flatnonzero(keys[1:] != keys[:-1])",
        ),
        ("chains.get(key, unknown)", "chains.get(key, (0, 0, 0))"),
        ("whole[: len(prices)] = prices\n", "\n"),
    ),
]
