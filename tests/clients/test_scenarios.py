"""Both clients against a server that misbehaves on purpose."""

from itertools import pairwise

import pytest

from tests.support.client_reading import (
    Read,
    Wish,
    both_clients,
    needs_node,
    read_in_node,
)
from tests.support.client_scenarios import SCENARIOS
from tests.support.client_scenarios.scenario import Scenario
from tests.support.misbehaving import SILENCE, Asked, Misbehaving, Send, answer, event


@both_clients
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
async def test_client_makes_the_best_of_it(read: Read, scenario: Scenario) -> None:
    server = Misbehaving(scenario.acts, scenario.metrics)
    async with server.running() as url:
        found = await read(url, scenario.wish)
    assert found.got == scenario.yields
    if scenario.resumes_from is not None:
        assert server.resumed_from == scenario.resumes_from
    if scenario.symbols is not None:
        asked = [each.path.partition("symbol=")[2] for each in server.streams]
        assert [each.partition("&")[0] for each in asked] == scenario.symbols
    if scenario.most_open is not None:
        assert server.most_open == scenario.most_open
    if scenario.modes is not None:
        assert found.modes == scenario.modes
    if scenario.error is None:
        assert found.error is None
    else:
        assert found.error is not None and found.error[:2] == scenario.error[:2]
        assert found.error[2].startswith(scenario.error[2])
    assert_waits(server.streams, scenario.least_waits)
    assert_waits(server.others, scenario.least_poll_waits)


@needs_node
async def test_stream_that_a_proxy_keeps_back_is_polled_at_once() -> None:
    """At the first connection without a frame, where the client was told how long to wait."""
    acts = [SILENCE, Send(event(101, "b"), "beat")]
    server = Misbehaving(acts, [answer("b:1")] * 1000)
    timing = {"stall": 30, "first_frame": 1.5, "try_stream": 0.1}
    wish = Wish(count=2, after="a:1", with_snapshot=True, timing=timing)
    async with server.running() as url:
        found = await read_in_node(url, wish)
    assert found.modes == ["polling", "connecting", "streaming"]
    assert found.got == [("snapshot", "b:1"), ("chain", "b:101")]


@needs_node
async def test_stream_that_has_begun_may_be_silent_for_longer() -> None:
    server = Misbehaving([Send(event(1), "stay silent"), Send(event(2), "beat")])
    wish = Wish(count=2, timing={"stall": 2, "first_frame": 1})
    async with server.running() as url:
        found = await read_in_node(url, wish)
    assert found.modes == ["streaming", "waiting", "connecting", "streaming"]
    assert_waits(server.streams, (2,))


def assert_waits(asked: list[Asked], least: tuple[float, ...]) -> None:
    waits = [after.time - before.time for before, after in pairwise(asked)]
    assert len(waits) >= len(least)
    for wait, seconds in zip(waits, least, strict=False):
        assert wait >= seconds
