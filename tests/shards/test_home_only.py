"""Work over HTTP is done on home: of a symbol that lives elsewhere it is refused in words."""

from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client
from tests.shards.conftest import HOME, SHARD
from tests.support.tasks import note_kinds

SPAN = {"from": "2025-08-29T03:45:00Z", "to": "2025-08-29T10:00:00Z"}


def asked(path: str, symbol: str) -> tuple[str, dict[str, Any]]:
    """A path and a body that are about a symbol."""
    if path == "/api/tasks":
        return path, {
            "kind": "backfill_features",
            "arguments": {"symbol": symbol, **SPAN},
        }
    statement = {"name": "a", "statement": "SELECT 1", "symbols": [symbol]}
    if path == "/v1/alerts":
        return path, statement
    if path == "/v1/watchlists/a":
        return path, {"items": [{"symbol": symbol, "expiry": "all"}]}
    return f"{path}?symbol={symbol}&from={SPAN['from']}&to={SPAN['to']}", {}


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("path", "command", "field"),
    [
        ("/api/tasks", "task ask", "arguments.symbol"),
        ("/v1/alerts", "alert add", "symbols"),
        ("/v1/alerts/a/replay", "alert replay", "symbol"),
        ("/v1/watchlists/a", "psql", "items"),
    ],
)
async def test_work_of_a_shard_is_refused(
    client: Client, dsn: str, path: str, command: str, field: str
) -> None:
    with psycopg.connect(dsn) as connection:
        note_kinds(connection)
    for symbol in (SHARD, HOME):
        where, body = asked(path, symbol)
        method = "PUT" if path == "/v1/watchlists/a" else "POST"
        status, answer = await client.request(method, where, body)
        if symbol == SHARD:
            assert status == 422, answer
            error = answer["error"]
            assert (error["code"], error["field"]) == ("other_server", field)
            assert (
                f"`pgstrike {command}` with the PGSTRIKE_DSN of bank"
                in error["message"]
            )
        else:
            code = (answer.get("error") or {}).get("code")
            assert code != "other_server"
