"""Replaying 10,000 events from the log: hardly slower than reading them plainly."""

from collections.abc import Callable
from time import perf_counter

import psycopg

from pgstrike.db.queries import query
from tests.api.conftest import Serve
from tests.support.live_market import epoch

EVENTS = 10_000
RING = 10_000  # as many are replayed from memory; those before, from the log
PAGE = 200
WRITE = """
    SELECT ops.append_events(
        array_fill('ops'::text, ARRAY[%(count)s]), array_fill(NULL::text, ARRAY[%(count)s]),
        array_fill(NULL::date, ARRAY[%(count)s]),
        array_fill(json_build_object('topic', 'ops', 'padding', repeat('x', 900))::text,
                   ARRAY[%(count)s])
    )
"""


def read_plainly(connection: psycopg.Connection, last: int) -> float:
    """Seconds that it takes to read the events page by page, and to do nothing with them."""
    began, after = perf_counter(), 0
    while after < last:
        bounds = {"after": after, "upto": last, "page": PAGE}
        after = connection.execute(query("event_range"), bounds).fetchall()[-1][0]
    return perf_counter() - began


async def test_replay_is_hardly_slower_than_the_log(
    serve: Serve, connection: psycopg.Connection, measured: Callable[[str], None]
) -> None:
    connection.execute(WRITE, {"count": EVENTS + RING})
    plain = read_plainly(connection, EVENTS)
    async with serve() as client:
        took = []
        for after, last in ((0, EVENTS), (EVENTS, EVENTS + RING)):
            began = perf_counter()
            text = f"id: {epoch(connection)}:{last}\n".encode()
            async with client.stream(
                f"?after={epoch(connection)}:{after}", Accept_Encoding="identity"
            ) as stream:
                tail = b""
                while text not in tail:
                    tail = tail[-64:] + await stream.response.content.readany()
            took.append(perf_counter() - began)
    measured(
        f"replay of {EVENTS:,} events of 1 kB: {took[0]:.2f} s from the log,"
        f" {took[1]:.2f} s from memory; read plainly {plain:.2f} s"
    )
    assert took[0] < 30 * plain
    assert took[1] < 30 * plain
