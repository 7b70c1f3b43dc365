"""When jobs run, and in which process."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/jobs/schedule/test_options.py",
        "jobs/schedule/schedule.py",
        ('"misfire_grace_time": None', '"misfire_grace_time": 1'),
        ('"coalesce": True', '"coalesce": False'),
        ('"max_instances": 1', '"max_instances": 2'),
        ("executor=job.name", 'executor="rollups"'),
        ("min(TICK_SECONDS, job.seconds)", "TICK_SECONDS"),
        ("abs(self._ahead - before) > 1", "self._ahead - before > 1"),
        ("job.modify(next_run_time=wall_time())", "job.modify()"),
    ),
    *of(
        "tests/jobs/schedule/test_options.py",
        "jobs/schedule/jobs.py",
        ("can_wait=True", "can_wait=False"),
        ("settings.rollup_seconds", "settings.snapshot_seconds"),
    ),
    *of(
        "tests/jobs/schedule/test_processes.py",
        "jobs/schedule/process.py",
        (
            "min(monotonic() - self._looked, 2 * BEAT_SECONDS)",
            "monotonic() - self._looked",
        ),
        ("fallback_application_name=name", 'fallback_application_name=""'),
    ),
    *of(
        "tests/jobs/schedule/test_sessions.py",
        "jobs/schedule/sessions.py",
        ("self._idle[name] = Idle(connection, since)", "connection.close()"),
        ("state == psycopg.pq.TransactionStatus.IDLE", "True"),
        (" and is_there(idle.connection)", ""),
        ("monotonic() - idle.since < LONGEST_SECONDS and ", ""),
    ),
    *of(
        "tests/jobs/alerts/test_looking.py",
        "jobs/alerts/looking.py",
        ("look_at(connection, reader, each)", "look_at(connection, connection, each)"),
        ("spent[each.key] < KEY_SECONDS", "True"),
    ),
]
