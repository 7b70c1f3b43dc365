"""Work that somebody asked for."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/jobs/tasks/test_pool.py",
        "jobs/tasks/pool.py",
        ("with connection.transaction():", "if connection:"),
        ("in sorted(self.kinds.items())", "in self.kinds.items()"),
    ),
]
