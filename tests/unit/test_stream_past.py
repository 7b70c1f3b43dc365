"""api.stream: what a reader that comes back is sent of the time before."""

import pytest

from api.events import Filter, Position, Reset
from api.hub import Bounds, Hub
from api.stream import frames_after, past_of, send_past
from tests.api.fakes import FakeLog, FakeResponse, event
from tests.api.sse_reader import Parser


def make_hub(start: int, newest: int) -> Hub:
    """A hub that began after `start` and has taken events up to `newest`."""
    hub = Hub(queue=Bounds(100, 10**6))
    hub.start(Position("e", start), "other_epoch")
    for id in range(start + 1, newest + 1):
        hub.feed(event(id))
    return hub


async def received(after: Position | None, hub: Hub, log: FakeLog) -> list[str]:
    past = await past_of(after, hub, log)
    response, parser = FakeResponse(), Parser()
    await send_past(response, past, Filter(), log)
    found = [f"{seen.type} {seen.last_id}" for seen in parser.feed(response.written)]
    return [*found, parser.last_id]


@pytest.mark.parametrize(
    ("after", "expected", "reads"),
    [
        (None, ["e:9"], []),
        (Position("e", 9), ["e:9"], []),
        (Position("e", 7), ["ops e:8", "ops e:9", "e:9"], []),
        (Position("e", 5), ["ops e:6", "ops e:7", "ops e:8", "ops e:9", "e:9"], []),
        (
            Position("e", 4),
            ["ops e:5", "ops e:6", "ops e:7", "ops e:8", "ops e:9", "e:9"],
            [(4, 9)],
        ),
        (Position("e", 2), ["reset e:9", "e:9"], []),
        (Position("e", 11), ["reset e:9", "e:9"], []),
        (Position("f", 7), ["reset e:9", "e:9"], []),
    ],
)
async def test_past_is_sent(
    after: Position | None, expected: list[str], reads: list[tuple[int, int]]
) -> None:
    log = FakeLog(9, oldest=4)
    assert await received(after, make_hub(5, 9), log) == expected
    assert log.reads == reads


async def test_answer_may_be_ahead_of_the_hub() -> None:
    past = await past_of(Position("e", 10), make_hub(5, 9), FakeLog(12))
    assert past.upto == Position("e", 10)
    assert past.reset is None
    # The hub brings 10 in a moment; the reader has it already.
    brought = [event(10), event(11)]
    assert [*frames_after(past.upto.id, brought)] == [event(11).frame]


async def test_reset_is_never_skipped() -> None:
    reset = Reset("other_epoch", Position("f", 1))
    assert [*frames_after(10, [reset])] == [reset.frame]
