"""Refreshing rollups and snapshot."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/jobs/refresh/test_refresh.py",
        "jobs/refresh/refresh.py",
        ("return done + refresh_live(connection)", "return done"),
        ("is_live=False", "is_live=True"),
        ("start = end", "start = window.to_time"),
    ),
]
