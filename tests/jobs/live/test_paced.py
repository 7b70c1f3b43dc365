"""jobs.live.paced: so many requests a second, and failures that are tried again."""

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.paced import PacedGets
from pgstrike.jobs.live.plugin import RefusedError
from tests.support.scripted_wire import Asked, ScriptedWire

URL = "https://broker.example"


def failing(*faults: Exception) -> ScriptedWire:
    """A wire whose first answers are these faults."""
    left = [*faults]

    def answer(_: Asked) -> bytes:
        if left:
            raise left.pop(0)
        return b"{}"

    return ScriptedWire({URL: answer})


async def test_ten_requests_wait_for_nine_turns() -> None:
    wire = failing()
    gets = PacedGets(wire, 3)
    for _ in range(10):
        await gets.get(URL)
    # The script's sleep takes no time, so each waits longer than the one before.
    assert len(wire.slept) == 9
    assert wire.slept[-1] == pytest.approx(3, abs=0.2)


async def test_failure_is_tried_again_later_each_time() -> None:
    wire = failing(OSError("broken"), TimeoutError("silent"))
    assert (await PacedGets(wire, 1e9).get(URL)).data == b"{}"
    assert wire.slept == [1, 2]


async def test_failure_that_stays_is_raised() -> None:
    wire = failing(*[OSError("broken")] * 9)
    with pytest.raises(OSError, match="broken"):
        await PacedGets(wire, 1e9).get(URL)
    assert (len(wire.asked), wire.slept) == (5, [1, 2, 4, 8])


@pytest.mark.parametrize("fault", [RefusedError("answers 403"), FeedError("404")])
async def test_what_cannot_pass_is_not_tried_again(fault: FeedError) -> None:
    wire = failing(fault)
    with pytest.raises(FeedError):
        await PacedGets(wire, 1e9).get(URL)
    assert len(wire.asked) == 1
