"""A real pgbouncer before a database, where the machine has one."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgstrike.db.embedded.folders import own_folder, run_as_server_user

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
CONFIG = """
[databases]
{dbname} = host={host} port={port} dbname={dbname} user={user}
[pgbouncer]
unix_socket_dir = {here}
listen_port = 6432
auth_type = any
pool_mode = {pool_mode}
ignore_startup_parameters = {ignored}
"""


@asynccontextmanager
async def pgbouncer(dsn: str, *, pool_mode: str, ignored: str) -> AsyncIterator[str]:
    """The DSN that leads through it."""
    assert PGBOUNCER is not None
    given = {"port": "5432", **conninfo_to_dict(dsn)}
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        here = Path(made)
        own_folder(here, for_server=True)
        config = here / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(here=here, pool_mode=pool_mode, ignored=ignored, **given)
        )
        config.chmod(0o644)
        process = await asyncio.create_subprocess_exec(
            PGBOUNCER,
            str(config),
            stderr=asyncio.subprocess.DEVNULL,
            **run_as_server_user(),
        )
        try:
            through = make_conninfo(dsn, host=str(here), port="6432")
            await answering(through)
            yield through
        finally:
            process.terminate()
            await process.wait()


async def answering(dsn: str) -> None:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(dsn):
                    return
            await asyncio.sleep(0.05)
