"""api/access/looks.py: who misses a row, and how often the table is read for that."""

import asyncio

from pgstrike.api.access.looks import PAUSE_SECONDS, Looks


async def test_many_who_miss_a_row_share_a_look_that_begins_after() -> None:
    made, seen, reads = [False], [False], 0

    async def read() -> None:
        nonlocal reads
        reads += 1
        seen[0] = made[0]

    looks = Looks(read)
    await looks.look()
    made[0] = True
    await asyncio.gather(*(looks.look_after_miss() for _ in range(50)))
    assert seen == [True]
    assert reads == 2
    assert looks.age_seconds() < PAUSE_SECONDS


async def test_no_older_answer_replaces_a_newer_one() -> None:
    rows = [1]
    answers = [asyncio.Event(), asyncio.Event()]
    held: list[int] = []

    async def read() -> None:
        found, mine = rows[0], answers.pop(0)
        await mine.wait()
        held[:] = [found]

    first, second = answers
    looks = Looks(read)
    asked = [asyncio.create_task(looks.look()) for _ in range(2)]
    await asyncio.sleep(0)
    rows[0] = 2
    second.set()
    first.set()
    await asyncio.gather(*asked)
    assert held == [2]
