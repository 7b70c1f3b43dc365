"""GET /v1/feeds: how the live feeds stand, for operators."""

import psycopg
import pytest

from tests.api.conftest import Serve
from tests.support.grants import add_key

FEEDS = """
INSERT INTO job.feed
(name, kind, symbols, position, failure, failed_at, holder, holder_since, state)
VALUES
('first', 'kite', '{NIFTY,BANKNIFTY}', 1, 'the day token is over', now(), NULL, NULL,
'refused'),
('second', 'upstox', '{NIFTY}', 2, NULL, NULL, pg_backend_pid(), ops.own_start(), 'live')
"""


@pytest.mark.one_engine
async def test_feeds_are_told_to_operators_alone(
    serve: Serve, connection: psycopg.Connection
) -> None:
    connection.execute(FEEDS)
    for since, source in (
        ("2025-08-29T04:00Z", "first"),
        ("2025-08-29T05:00Z", "second"),
    ):
        connection.execute(
            "SELECT ops.note_source('NIFTY', %s, %s, NULL, 'told')", [since, source]
        )
    add_key(connection, "one", "one", topics=["ops"], symbols=["NIFTY"])
    add_key(connection, "chains", "chains", topics=["chain"])
    async with serve() as client:
        status, body = await client.get("/v1/feeds")
        for name in ("one", "chains"):
            sent = {"Authorization": f"Bearer {name}"}
            assert (await client.get("/v1/feeds", **sent))[0] == 403
    assert status == 200
    first, second = body["feeds"]
    # A feed that nobody drives is stopped, whatever it was; why it failed stays.
    assert (first["name"], first["state"], first["failure"]) == (
        "first", "stopped", "the day token is over",
    )  # fmt: skip
    assert first["in_charge"] == {}
    assert (second["state"], second["failure"]) == ("live", None)
    assert second["in_charge"] == {"NIFTY": "2025-08-29T05:00:00+00:00"}
