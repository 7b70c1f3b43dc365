"""Many who ask for the state of the database at once, all of whom get an answer."""

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest

from pgstrike.api.http import database_state
from pgstrike.api.http.database_state import DatabaseWatch


@pytest.mark.parametrize("first", [True, False])
async def test_who_wakes_up_first_may_ask_again(
    monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> None:
    """One came before the question was asked and one after, and both wait for its answer."""
    asked: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()

    async def ask(*_: object, **__: object) -> list[Any]:
        question = asyncio.get_running_loop().create_future()
        asked.put_nowait(question)
        return [await question]

    monkeypatch.setattr(database_state, "ask", ask)
    watch = DatabaseWatch(Mock(), late_seconds=30)
    early = asyncio.create_task(watch.answer(is_fresh=True))
    question = await asked.get()
    state = Mock(data_directory=None, rows=lambda: [])
    waiting = [asyncio.create_task(watch.answer(is_fresh=n == first)) for n in (0, 1)]
    await asyncio.sleep(0)
    question.set_result(state)
    (await asked.get()).set_result(state)
    answers = await asyncio.gather(early, *waiting)
    assert {answer.state for answer in answers} == {state}
