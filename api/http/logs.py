"""GET /api/logs: the newest log lines of all `pgstrike serve`, and of all `pgstrike run`."""

import asyncio
import json
import os
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from aiohttp import web

from pgstrike.api.http.app_keys import PRIMARY
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.log_ring import RING, Line
from pgstrike.db.pool import Pool, ask, change
from pgstrike.db.session import EVERYTHING

TELL_SECONDS = 1.0
SERVE = "serve"


class Told(NamedTuple):
    """A row of ops.log_lines."""

    id: int
    process: str
    time: datetime
    level: str
    logger: str
    job: str | None
    message: str

    def line(self) -> Line:
        return {**self._asdict(), "time": self.time.isoformat()}


async def logs(request: web.Request) -> web.Response:
    return web.json_response(await newest_lines(request.app[PRIMARY]))


async def newest_lines(pool: Pool) -> Mapping[str, Any]:
    """Lines of this process are told before the answer, so that it has them."""
    await tell_lines(pool)
    found = await ask(pool, "log_lines", {}, Told, reader=EVERYTHING)
    serve = [each.line() for each in found if each.process.startswith(SERVE)]
    run = [each.line() for each in found if not each.process.startswith(SERVE)]
    return {"serve": serve, "run": run}


async def keep_telling(pool: Pool) -> None:
    """Store each new line; while the database is away they wait, the newest 300 of them."""
    while True:
        await asyncio.sleep(TELL_SECONDS)
        await tell_lines(pool)


async def tell_lines(pool: Pool) -> None:
    if not (lines := RING.take()):
        return
    process = f"{SERVE} {socket.gethostname()} {os.getpid()}"
    try:
        told = {"process": process, "lines": json.dumps(lines)}
        await change(pool, "add_log_lines", told)
    except PgstrikeError:
        RING.put_back(lines)
