"""Of requests that are alike one goes the long way; the others wait for its answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage

from pgstrike.api.cache.answers import Answers, Kept
from pgstrike.api.cache.changes import Changes
from pgstrike.api.events.event import Event
from pgstrike.api.events.listener import Listener
from pgstrike.api.http.kept import make_answer
from pgstrike.api.server.http_connection import HttpConnection
from pgstrike.api.server.quick import QuickAnswers
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_market
from tests.support.http_wire import PATIENCE, Wire, wire
from tests.support.live_market import open_store, quote, refresh

COUNT = 5


class Desk:
    """A server whose answers can be held back, and connections that asked it before."""

    def __init__(self) -> None:
        self.changes: Changes
        self.wires: list[Wire] = []
        self.made = 0
        self.waited: list[HttpConnection] = []
        self.changes_while_made = False
        self.is_held = False
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.is_reached = asyncio.Event()
        self.to_wait = COUNT - 1
        self.all_wait = asyncio.Event()  # as many as are to
        self.all_long = asyncio.Event()

    async def connect(self, client: Client, stack: AsyncExitStack) -> None:
        """Connections, each of which has asked once."""
        for _ in range(COUNT):
            self.wires.append(await stack.enter_async_context(wire(client)))
            await self.wires[-1].ask()

    async def make(self, *args: Any) -> Kept:
        answer = await make_answer(*args)
        self.made += 1
        self.is_reached.set()
        await self.is_open.wait()
        if self.changes_while_made:
            self.changes.forget()
        return answer

    async def hold(self) -> None:
        """The first connection asks for what is not known any more; the answer is held back."""
        self.changes.forget()
        self.made, self.is_held = 0, True
        self.is_reached.clear()
        self.is_open.clear()
        self.wires[0].send()
        async with asyncio.timeout(PATIENCE):
            await self.is_reached.wait()

    async def have_wait(self) -> None:
        """All others ask for the same, and wait for it."""
        for each in self.wires[1:]:
            each.send()
        async with asyncio.timeout(PATIENCE):
            await self.all_wait.wait()


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    waits, begin = QuickAnswers.waits, Answers.__init__

    def noted(
        self: QuickAnswers, message: RawRequestMessage, peer: HttpConnection, *more: Any
    ) -> bool:
        if is_one := waits(self, message, peer, *more):
            desk.waited.append(peer)
            if len(desk.waited) == desk.to_wait:
                desk.all_wait.set()
        return is_one

    def begun(self: Answers, changes: Changes, *, most_bytes: int) -> None:
        desk.changes = changes
        begin(self, changes, most_bytes=most_bytes)

    monkeypatch.setattr(QuickAnswers, "waits", noted)
    monkeypatch.setattr(Answers, "__init__", begun)
    monkeypatch.setattr("pgstrike.api.http.kept.make_answer", desk.make)
    return desk


@pytest.fixture
def long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[HttpConnection]:
    """Whose requests went the long way, since an answer was held back."""
    found: list[HttpConnection] = []
    begin = HttpConnection.begin

    def noted(self: HttpConnection, request: web.BaseRequest) -> None:
        if desk.is_held:
            found.append(self)
            if len(found) == COUNT:
                desk.all_long.set()
        begin(self, request)

    monkeypatch.setattr(HttpConnection, "begin", noted)
    return found


@pytest.fixture
async def client(
    serve: Serve, market: psycopg.Connection, desk: Desk
) -> AsyncIterator[Client]:
    async with serve(probe_seconds=60) as client, AsyncExitStack() as stack:
        await desk.connect(client, stack)
        yield client


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


async def test_change_while_some_wait_has_another_one_asked(
    client: Client, desk: Desk, long: list[HttpConnection]
) -> None:
    await desk.hold()
    await desk.have_wait()
    desk.changes.forget()
    desk.is_open.set()
    answers = [await each.answer() for each in desk.wires]
    assert {head.split()[1] for head, _ in answers} == {b"200"}
    assert desk.made == len(long) == 2


async def test_changes_all_the_time_keep_nobody_waiting(
    client: Client, desk: Desk, long: list[HttpConnection]
) -> None:
    """Who has waited twice goes the long way, where the answer may lack the last change."""
    await desk.hold()
    await desk.have_wait()
    desk.changes_while_made = True
    desk.is_open.set()
    answers = [await each.answer() for each in desk.wires]
    assert {head.split()[1] for head, _ in answers} == {b"200"}
    assert len(long) == COUNT and desk.made == 3


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


async def test_no_answer_is_older_than_the_newest_event_when_asked(
    client: Client,
    desk: Desk,
    market: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many ask all the time, while snapshots are stored and refreshed."""
    heard = [""]
    take = Changes.take

    def noted(self: Changes, event: Event) -> None:
        if event.topic == "chain" and event.symbol == "NIFTY":
            heard.append(max(heard[-1], event.body["clock"]))
        take(self, event)

    monkeypatch.setattr(Changes, "take", noted)

    def write() -> None:
        store = open_store(market)
        for minute in range(10, 20):
            quote(store, minute, seed=minute)
            refresh(market)

    writing = asyncio.create_task(asyncio.to_thread(write))

    async def ask(one: Wire) -> None:
        while not writing.done():
            known = heard[-1]
            head, body = await one.ask()
            assert head.split()[1] == b"200"
            assert json.loads(body)["clock"] >= known

    await asyncio.gather(*map(ask, desk.wires))
    await writing
    assert desk.waited and desk.made < len(desk.waited)
    assert heard[-1] == "2025-08-29T04:04:00+00:00"


async def test_what_arrives_meanwhile_is_heard_and_sends_nobody_the_long_way(
    client: Client,
    desk: Desk,
    long: list[HttpConnection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await desk.hold()
    await desk.have_wait()
    listener = desk.waited[0].quick.listener
    heard: list[bool] = []

    async def hear() -> bool:
        heard.append(True)
        return True

    monkeypatch.setattr(listener, "is_in_step", lambda: bool(heard))
    monkeypatch.setattr(listener, "hear", hear)
    desk.is_open.set()
    assert len({(await each.answer())[1] for each in desk.wires}) == 1
    assert heard == [True]
    assert len(long) == 1


@pytest.mark.parametrize("changes_it", [False, True])
async def test_what_has_arrived_is_heard_before_one_goes_the_long_way(
    client: Client,
    desk: Desk,
    long: list[HttpConnection],
    monkeypatch: pytest.MonkeyPatch,
    changes_it: bool,
) -> None:
    heard: list[bool] = []

    async def hear(self: Listener) -> bool:
        if not heard:
            await desk.all_wait.wait()
            if changes_it:
                desk.changes.forget()
            heard.append(True)
        return True

    monkeypatch.setattr(Listener, "is_in_step", lambda self: bool(heard))
    monkeypatch.setattr(Listener, "hear", hear)
    desk.made, desk.is_held, desk.to_wait = 0, True, COUNT
    for one in desk.wires:
        one.send()
    answers = [await one.answer() for one in desk.wires]
    assert {head.split()[1] for head, _ in answers} == {b"200"}
    assert desk.made == len(long) == int(changes_it)


async def looked() -> bool:
    return True


@pytest.mark.parametrize(
    ("name", "value", "queries"),
    [("look", looked, 1), ("source.alive", lambda: False, COUNT)],
    ids=["behind a standby", "while events are not heard"],
)
async def test_none_waits_where_no_answer_is_a_quick_one(
    client: Client,
    desk: Desk,
    long: list[HttpConnection],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: Any,
    queries: int,
) -> None:
    await desk.hold()
    *path, last = name.split(".")
    owner: Any = long[0].quick.listener
    for each in path:
        owner = getattr(owner, each)
    monkeypatch.setattr(owner, last, value)
    for one in desk.wires[1:]:
        one.send()
    async with asyncio.timeout(PATIENCE):
        await desk.all_long.wait()
    desk.is_open.set()
    assert len({(await one.answer())[1] for one in desk.wires}) == 1
    assert not desk.waited and desk.made == queries
