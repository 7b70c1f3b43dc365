"""Requests that wait for the answer of one that is alike, while the market changes."""

import asyncio
import json
from typing import Any

import psycopg
import pytest

from pgstrike.api.cache.changes import Changes
from pgstrike.api.events.event import Event
from pgstrike.api.events.listener import Listener
from pgstrike.api.server.http_connection import HttpConnection
from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.alike import COUNT, Desk
from tests.support.grants import add_market
from tests.support.http_wire import PATIENCE, Wire
from tests.support.live_market import open_store, quote, refresh


@pytest.fixture
def stock() -> Stock:
    return add_market


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
