"""How jobs and api reach Postgres, and how it is built."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/db/test_listen.py",
        "db/listen.py",
        (
            "return monotonic() - self.heard_at < 3 * self.probe_seconds",
            "return True",
        ),
        ("< 3 * self.probe_seconds", "< 300 * self.probe_seconds"),
        ("< 3 * self.probe_seconds", "< 1 * self.probe_seconds"),
        ("if not self.connected or self.heard_at is None", "if self.heard_at is None"),
        ("            self.heard_at = None\n", ""),
        ("if self._probe_is_out and is_silent", "if self._probe_is_out"),
        ("if self._probe_is_out and is_silent", "if False"),
        ("self._connection is None or self._connection.closed", "False"),
        ("elif payload == HELLO", "elif False"),
        (
            "self._connection, self.connected = None, False\n            await",
            "self._connection = None\n            await",
        ),
    ),
    *of(
        "tests/db/test_lock.py",
        "db/lock.py",
        ("holder.transaction(force_rollback=True)", "holder.transaction()"),
        ('        holder.execute(query("hold_on"))\n', ""),
        (
            "if monotonic() >= ends:\n            return False",
            "if False:\n            pass",
        ),
        ("max(round(seconds * 1000), 1)", "round(seconds)"),
        ("patience = NAMED_SECONDS", "patience = 0"),
        ("min(patience, ends - monotonic())", "patience"),
        (
            "except psycopg.errors.LockNotAvailable:\n        return False",
            "except psycopg.errors.LockNotAvailable:\n        return True",
        ),
    ),
    *of(
        "tests/db/test_session.py",
        "db/session.py",
        (
            '                await session.execute(query("read_for"), [reader])',
            "                pass",
        ),
        (
            "        async with session.pipeline():\n            if reader",
            "        if True:\n            if reader",
        ),
        ("        await forget_statements(session)\n        raise", "        raise"),
        (
            "except psycopg.errors.InvalidParameterValue:\n        raise",
            "except psycopg.errors.DivisionByZero:\n        raise",
        ),
        (
            "await roll_back(session)  # refused by our SQL; the session is as good as before",
            "pass",
        ),
        (
            'BEGIN READ WRITE")\n            await session.execute(query(name)',
            'BEGIN")\n            await session.execute(query(name)',
        ),
        (
            "session.execute(query(name), parameters)\n"
            '            await session.execute("COMMIT")\n',
            "session.execute(query(name), parameters)\n",
        ),
        (
            "        or state.transaction_status != psycopg.pq.TransactionStatus.IDLE\n",
            "",
        ),
        ("return await asyncio.shield(task)", "return await task"),
        ("        await asyncio.wait([task])\n", ""),
        ("        task.cancel()\n", ""),
    ),
    *of(
        "tests/db/test_pool.py",
        "db/pool.py",
        (
            "session = await pool.getconn()",
            "session = await asyncio.shield(pool.getconn())",
        ),
    ),
    *of(
        "tests/db/install/test_render.py",
        "db/install/render.py",
        ('if only[1] == engine else ""', 'if True else ""'),
        (
            r'rf"time_bucket(\1, {bucket_origin()})"',
            r'r"time_bucket(\1)"',
        ),
        ('place = "1" if call[1] == "first"', 'place = "1" if call[1] == "last"'),
        ("count({call[2] if known else '*'})", "count(*)"),
        ("{time} < p_to", "{time} <= p_to"),
        ("source.symbol = p_symbol", "TRUE"),
        ("sorted(renamed, key=len, reverse=True)", "sorted(renamed, key=len)"),
        ("if rollup.source in BASES", "if True"),
        ("{wanted['width']}", "1 day"),
        ('(?=\\b|_)")', '(?=\\b)")'),
    ),
    *of(
        "tests/attack/test_causes.py",
        "db/causes.py",
        ('    "53300": CONNECTIONS,\n', ""),
        ('    "40P01": BUSY,\n', ""),
        ('    ("no pg_hba.conf entry", ROLE),\n', ""),
        ('    ("the database system is", STARTING),\n', ""),
        ("known or (OTHER if is_servers else None)", "known or OTHER"),
        ("known or (OTHER if is_servers else None)", "known"),
        ("by_diagnosis(error) or ", ""),
        ("part in text), UNREACHABLE)", "part in text), OTHER)"),
        ("        return NO_FREE_CONNECTION\n", "        return OTHER\n"),
        ('if error.diag.source_function == "PreCommit_Notify"', "if False"),
    ),
]
