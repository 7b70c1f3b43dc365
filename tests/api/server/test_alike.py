"""Of requests that are alike one goes the long way; the others wait for its answer."""

import asyncio
import json
from contextlib import AsyncExitStack

import psycopg
import pytest

from pgstrike.api.server.http_connection import HttpConnection
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.alike import COUNT, Desk
from tests.support.grants import add_market
from tests.support.http_wire import PATIENCE


@pytest.fixture
def stock() -> Stock:
    return add_market


async def test_one_asks_and_all_are_answered(client: Client, desk: Desk) -> None:
    await desk.hold()
    await desk.have_wait()
    desk.is_open.set()
    answers = [await each.answer() for each in desk.wires]
    assert {head.split()[1] for head, _ in answers} == {b"200"}
    assert len({body for _, body in answers}) == desk.made == 1
    assert len({head for head, _ in answers}) == COUNT  # each with an id of its own
    assert (await desk.wires[1].ask())[1] == answers[0][1]
    assert desk.made == 1


async def test_next_request_does_not_overtake_one_that_waits(
    client: Client, desk: Desk
) -> None:
    await desk.hold()
    await desk.have_wait()
    desk.wires[1].send("/live")
    desk.wires[2].send()
    desk.is_open.set()
    bodies = [(await desk.wires[1].answer())[1] for _ in range(2)]
    assert json.loads(bodies[0])["columns"]
    assert bodies[1] == b'{"status": "ok"}'
    assert [(await desk.wires[2].answer())[1] for _ in range(2)] == bodies[:1] * 2
    assert (await desk.wires[3].answer())[1] == bodies[0]
    assert desk.made == 1


async def test_first_that_goes_away_holds_up_nobody(client: Client, desk: Desk) -> None:
    await desk.hold()
    await desk.have_wait()
    desk.is_reached.clear()
    desk.wires[0].writer.close()
    async with asyncio.timeout(PATIENCE):
        await desk.is_reached.wait()  # another one has asked
    desk.is_open.set()
    answers = [await each.answer() for each in desk.wires[1:]]
    assert len({body for _, body in answers}) == 1
    assert desk.made == 2


async def test_one_that_waits_may_go_away(
    client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_gone = asyncio.Event()
    forget = HttpConnection.forget

    def noted(self: HttpConnection) -> None:
        forget(self)
        is_gone.set()

    monkeypatch.setattr(HttpConnection, "forget", noted)
    await desk.hold()
    await desk.have_wait()
    desk.wires[1].writer.close()
    async with asyncio.timeout(PATIENCE):
        await is_gone.wait()
    desk.is_open.set()
    others = [*desk.wires[:1], *desk.wires[2:]]
    assert len({(await each.answer())[1] for each in others}) == 1
    assert desk.made == 1


def look_whether_idle(connection: HttpConnection) -> None:
    """As if it had been still for as long as it may."""
    assert connection._keepalive_handle is not None
    connection._keepalive_handle.cancel()
    connection._next_keepalive_close_time = 0
    connection._process_keepalive()


async def test_connection_that_waits_is_not_idle(client: Client, desk: Desk) -> None:
    await desk.hold()
    await desk.have_wait()
    for each in desk.waited:
        look_whether_idle(each)
        assert not each.is_droppable()
    desk.is_open.set()
    assert len({(await each.answer())[1] for each in desk.wires}) == 1
    for each in desk.waited:
        assert each.is_droppable()
        look_whether_idle(each)
    for one in desk.wires[1:]:
        assert await one.reader.read() == b""


async def test_key_is_looked_at_when_the_answer_comes(
    client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.hold()
    await desk.have_wait()
    quick = desk.waited[0].quick
    quick.keys.by_hash.clear()
    monkeypatch.setattr(quick.keys, "owners", None)
    desk.is_open.set()
    statuses = [(await each.answer())[0].split()[1] for each in desk.wires]
    assert statuses == [b"200", *[b"401"] * (COUNT - 1)]


async def test_server_that_ends_answers_those_that_wait(
    serve: Serve, market: psycopg.Connection, desk: Desk
) -> None:
    async with AsyncExitStack() as stack:
        async with serve(probe_seconds=60) as client:
            await desk.connect(client, stack)
            await desk.hold()
            await desk.have_wait()
            desk.is_open.set()
        answers = [await each.answer() for each in desk.wires]
    assert len({body for _, body in answers}) == 1
