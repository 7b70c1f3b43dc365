"""Lines of quotes, passed on to the server of their symbols."""

import msgspec
from aiohttp import web

from pgstrike.api.errors import ApiError
from pgstrike.api.http.ingest import ingest, lines_of
from pgstrike.api.http.shards.place import moved
from pgstrike.api.http.shards.servers import Server, Servers


class Line(msgspec.Struct):
    """What a line is about; a wrong line is its server's to reject."""

    symbol: str


async def ingest_of(request: web.Request, servers: Servers) -> web.Response:
    """Store the lines on one server. Of several it could store a part, and fail then."""
    body = await lines_of(request)
    found = servers_of(body, servers)
    if len(found) > 1:
        names = " and ".join(server.name for server in found)
        raise ApiError(
            400,
            "several_servers",
            f"The lines are of symbols of {names}; send the lines of each server in a "
            "request of their own.",
            field="symbol",
        )
    [server] = found or [servers.home]
    request._read_bytes = None  # or it could not be moved
    passed = moved(request, server.opened())
    passed._read_bytes = body
    return await ingest(passed)


def servers_of(body: bytes, servers: Servers) -> list[Server]:
    """The servers of the symbols of all lines that name one, each once."""
    found: dict[Server, None] = {}
    for line in body.splitlines():
        try:
            found[servers.of(msgspec.json.decode(line, type=Line).symbol)] = None
        except msgspec.DecodeError:
            continue
    return [*found]
