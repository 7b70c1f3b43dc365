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
    asked: list[asyncio.Future[Any]] = []

    async def ask(*_: object, **__: object) -> list[Any]:
        asked.append(asyncio.get_running_loop().create_future())
        return [await asked[-1]]

    monkeypatch.setattr(database_state, "ask", ask)
    watch = DatabaseWatch(Mock())
    early = asyncio.create_task(watch.answer(is_fresh=True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(watch.answer(is_fresh=n == first)) for n in (0, 1)]
    await asyncio.sleep(0)
    state = Mock()
    asked[0].set_result(state)
    while len(asked) < 2:
        await asyncio.sleep(0)
    asked[1].set_result(state)
    answers = await asyncio.gather(early, *waiting)
    assert {answer.state for answer in answers} == {state}
