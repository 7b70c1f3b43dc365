"""Waiting until the api has heard of what was committed: a notification takes a moment."""

import asyncio
from typing import Any
from urllib.parse import quote

import psycopg

from tests.api.conftest import KEY, Client

PATIENCE = 30.0  # seconds
NEWEST = """
SELECT concat(ops.epoch(), ':', counter.last_id), instrument.clock
FROM job.event_counter AS counter, fo.instrument AS instrument
WHERE instrument.symbol = 'NIFTY'
"""


async def until_heard(client: Client, connection: psycopg.Connection) -> None:
    """An answer about the past includes every event that was heard; so this one waits."""
    [(event, clock)] = connection.execute(NEWEST).fetchall()
    at = quote(clock.isoformat())
    await included(client, f"/v1/metrics/pcr?symbol=NIFTY&at={at}&after={event}")


async def included(client: Client, path: str) -> None:
    """Wait until an answer includes the event that the path names."""
    async with asyncio.timeout(PATIENCE):
        while True:
            status, answer = await client.get(path, Authorization=f"Bearer {KEY}")
            if status != 503:
                assert status == 200, answer
                return


async def changed(client: Client, path: str, etag: str) -> Any:
    """The answer, once it is another than that of the ETag."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with client.session.get(
                path, headers={"If-None-Match": etag}
            ) as answer:
                if answer.status != 304:
                    assert answer.status == 200, await answer.text()
                    return await answer.json()
