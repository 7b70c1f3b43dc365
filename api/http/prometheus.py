"""GET /metrics: what Prometheus scrapes, at an address of its own or with an operator's key."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import hdrs, web

from pgstrike.api.http.measured import Measured, measure
from pgstrike.api.security_headers import add_security_headers
from pgstrike.db.errors import SettingError

SERVED = web.AppKey("served", web.Application)


async def prometheus(request: web.Request) -> web.Response:
    # On an address of its own it speaks for the application that is served elsewhere.
    measured = await measure(request.app.get(SERVED, request.app))
    accept = request.headers.get(hdrs.ACCEPT, "")
    body, content_type = await asyncio.to_thread(page, measured, accept)
    return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})


def page(measured: Measured, accept: str) -> tuple[bytes, str]:
    # The library is imported when it is first needed, and not in the loop's own thread.
    from pgstrike.api.http import metric_families

    return metric_families.page(measured, accept)


@contextlib.asynccontextmanager
async def serve_metrics(
    app: web.Application, address: tuple[str, int] | None, *, is_shared: bool
) -> AsyncIterator[None]:
    """Serve /metrics of the application without a key, at an address of its own.

    Shared: a worker and the one that replaces it may both listen for a moment.
    """
    if address is None:
        yield
        return
    own = web.Application()
    own[SERVED] = app
    own.on_response_prepare.append(add_security_headers)
    own.router.add_get("/metrics", prometheus)
    runner = web.AppRunner(own, access_log=None)
    await runner.setup()
    try:
        await listen(runner, address, is_shared=is_shared)
        yield
    finally:
        await runner.cleanup()


async def listen(
    runner: web.AppRunner, address: tuple[str, int], *, is_shared: bool
) -> None:
    host, port = address
    try:
        await web.TCPSite(runner, host, port, reuse_port=is_shared or None).start()
    except OSError as error:
        raise SettingError(
            f"cannot listen on {host}:{port} ({error.strerror or error}); "
            "set PGSTRIKE_METRICS_LISTEN"
        ) from error
