"""The database itself."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/sql/test_claim_run.py",
        "sql/logic/80_schedule/run_is_due.sql",
        ("OR job.due_at > p_now + job.every", ""),
        ("AND (run.job IS NULL OR NOT ops.is_alive(run.pid, run.backend_start))", ""),
    ),
    *of(
        "tests/sql/test_claim_run.py",
        "sql/logic/80_schedule/is_alive.sql",
        ("session.backend_start = p_backend_start", "TRUE"),
    ),
    *of(
        "tests/sql/test_health.py",
        "sql/logic/60_operations/health/rollup_lags.sql",
        ("clock.at - behind", "clock_timestamp() - behind"),
    ),
    *of(
        "tests/sql/test_health.py",
        "sql/logic/60_operations/health/health_of_rollups.sql",
        ("lag.item ASC\n    LIMIT 1", "lag.item DESC\n    LIMIT 1"),
    ),
    *of(
        "tests/sql/test_watchlists.py",
        "sql/logic/86_watchlists/watchlist.sql",
        ("AND item.symbol = ANY(ops.readable_symbols())", ""),
        ("ORDER BY shown.place, (shown.chain).expiry", "ORDER BY (shown.chain).expiry"),
        ("AND asked.levels = around.levels", ""),
    ),
    *of(
        "tests/sql/test_watchlists.py",
        "sql/logic/86_watchlists/watchlist_named.sql",
        ("list.key = ops.reader_name() AND ", ""),
    ),
]
