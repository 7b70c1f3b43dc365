"""Answers are kept until an event that changes them, within bounds, and asked for once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pgstrike.api.cache.answers import (
    DROPPED,
    HIT,
    MISS,
    OUTDATED,
    SHARED,
    Answers,
    Form,
    Kept,
)
from pgstrike.api.cache.changes import Changes, Changing, changing
from pgstrike.api.events.event import Position, Reset, parse_event

NIFTY = changing("chain", "NIFTY")


async def settle() -> None:
    """Let everybody run until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)


class Database:
    """What answers are made of: it answers when it is told to."""

    def __init__(self) -> None:
        self.newest = 0
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False
        self.cancelled = 0
        self.may_be_kept = True

    async def make(self, size: int = 10, by: Changing = NIFTY) -> Kept:
        self.asked += 1
        newest = self.newest
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.fails:
            raise RuntimeError("refused")
        body = str(newest).encode().ljust(size)
        return Kept("tag", body, newest, newest, by, may_be_kept=self.may_be_kept)


class Desk:
    """Answers, their changes, and the database."""

    def __init__(self, most_bytes: int = 10**6) -> None:
        self.database = Database()
        self.changes = Changes()
        self.answers = Answers(self.changes, most_bytes=most_bytes)

    def hear(self, topic: str, symbol: str | None = None, **more: str) -> None:
        """An event that is committed, and heard."""
        self.database.newest += 1
        said = {"topic": topic, "symbol": symbol, **more}
        words = ",".join(f'"{name}":"{word}"' for name, word in said.items() if word)
        self.changes.take(
            parse_event(f'{{"id":{self.database.newest},"epoch":"e",{words}}}')
        )

    async def ask(
        self,
        key: str = "a",
        reader: str = "one",
        make: Callable[[], Coroutine[Any, Any, Kept]] | None = None,
        by: Changing = NIFTY,
    ) -> int:
        """The event that the answer was made at."""
        kept = await self.answers.obtain(
            key, reader, by, make or (lambda: self.database.make(by=by))
        )
        return kept.newest

    def counts(self) -> dict[str, int]:
        return dict(self.answers.counts)


async def test_answer_is_kept_until_an_event_that_changes_it() -> None:
    desk = Desk()
    desk.hear("chain", "NIFTY")
    assert [await desk.ask() for _ in range(3)] == [1, 1, 1]
    for topic, symbol in (("chain", "BANKNIFTY"), ("task", None), ("rollup", "NIFTY")):
        desk.hear(topic, symbol)
    desk.hear("ops", kind="log")
    assert await desk.ask() == 1
    desk.hear("chain", "NIFTY")
    assert [await desk.ask() for _ in range(2)] == [6, 6]
    assert desk.database.asked == 2
    assert desk.counts() == {MISS: 2, HIT: 4, OUTDATED: 1}


@pytest.mark.parametrize(
    ("topic", "symbol", "more"),
    [
        ("chain", "NIFTY", {}),
        ("snapshot", None, {}),
        ("ops", "NIFTY", {"kind": "stale_feed"}),
    ],
)
async def test_each_kind_of_event_counts(
    topic: str, symbol: str | None, more: dict[str, str]
) -> None:
    desk = Desk()
    assert await desk.ask() == 0
    desk.hear(topic, symbol, **more)
    assert await desk.ask() == 1


async def test_answer_about_every_symbol_changes_with_each() -> None:
    desk, every = Desk(), changing("bootstrap", None)
    assert await desk.ask(by=every) == 0
    desk.hear("chain", "BANKNIFTY")
    assert await desk.ask(by=every) == 1


async def test_those_who_ask_at_once_share_one_query() -> None:
    desk = Desk()
    desk.database.gate.clear()
    asking = [asyncio.create_task(desk.ask()) for _ in range(50)]
    await settle()
    asking[0].cancel()
    await settle()
    desk.database.gate.set()
    answered = await asyncio.gather(*asking, return_exceptions=True)
    assert answered[1:] == [0] * 49
    assert isinstance(answered[0], asyncio.CancelledError)
    assert desk.database.asked == 1
    assert desk.counts() == {MISS: 1, SHARED: 49}


async def test_query_that_nobody_waits_for_is_cancelled() -> None:
    desk = Desk()
    desk.database.gate.clear()
    asking = [asyncio.create_task(desk.ask()) for _ in range(3)]
    await settle()
    for task in asking:
        task.cancel()
    late = asyncio.create_task(desk.ask())
    await asyncio.wait(asking)
    await settle()
    assert desk.database.cancelled == 1
    desk.database.gate.set()
    assert await late == 0


async def test_query_that_began_before_an_event_is_for_those_before_it() -> None:
    desk = Desk()
    desk.database.gate.clear()
    before = asyncio.create_task(desk.ask())
    await settle()
    desk.hear("chain", "NIFTY")
    after = [asyncio.create_task(desk.ask()) for _ in range(5)]
    await settle()
    desk.database.gate.set()
    assert await before == 0
    assert await asyncio.gather(*after) == [1] * 5
    assert await desk.ask() == 1
    assert desk.database.asked == 2


@pytest.mark.parametrize("how", ["forget", "restart"])
async def test_change_without_an_event_forgets_all(how: str) -> None:
    desk = Desk()
    desk.hear("chain", "NIFTY")
    assert await desk.ask() == 1
    desk.database.gate.clear()
    other = asyncio.create_task(desk.ask("b"))
    await settle()
    if how == "forget":
        desk.changes.forget()
    else:
        desk.changes.restart(Reset("rewound", Position("e", 0)))
    late = asyncio.create_task(desk.ask("b"))
    await settle()
    desk.database.gate.set()
    await asyncio.gather(other, late)
    assert await desk.ask() == await desk.ask("b") == 1
    assert desk.database.asked == 4  # two of them again


async def test_refusal_is_for_its_reader_and_is_not_kept() -> None:
    desk = Desk()
    desk.database.fails = True
    desk.database.gate.clear()
    asking = [
        asyncio.create_task(desk.ask(reader=who)) for who in ("one", "one", "two")
    ]
    await settle()
    desk.database.gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(answer, RuntimeError) for answer in answers)
    assert desk.database.asked == 2  # one for each reader
    desk.database.fails = False
    assert await desk.ask() == 0


async def test_answer_with_other_rights_than_known_is_not_kept() -> None:
    desk = Desk()
    desk.database.may_be_kept = False
    await desk.ask()
    await desk.ask()
    assert (desk.database.asked, len(desk.answers)) == (2, 0)


async def test_the_least_recently_asked_go() -> None:
    desk = Desk(most_bytes=10_000)
    for key in "abc":
        await desk.ask(key, make=lambda: desk.database.make(2000))
    await desk.ask("a")
    await desk.ask("d", make=lambda: desk.database.make(2000))
    assert [await desk.ask(key) for key in "acd"] == [0, 0, 0]
    assert desk.database.asked == 4
    assert desk.counts()[DROPPED] == 1
    assert desk.answers.bytes <= 10_000
    kept = desk.answers.find("a")
    assert kept is not None
    desk.answers.add_form(kept, ("csv", "gzip"), Form(b" " * 4000))
    assert desk.answers.bytes <= 10_000
    assert desk.answers.bytes == sum(
        found.size for key in "abcd" if (found := desk.answers.find(key))
    )
    await desk.ask("large", make=lambda: desk.database.make(20_000))
    assert desk.answers.find("large") is None
