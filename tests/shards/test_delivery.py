"""`make soak ARGS="--topology shards"` in small: one fault of each kind; and its verdict."""

from collections.abc import Callable, Iterator

import pytest

from pgstrike.db.embedded.server import Server
from tests.conftest import ENGINES
from tests.soak.plan import Plan
from tests.soak.report import line
from tests.soak.shards.play import SAFE, play
from tests.soak.shards.verdict import compare
from tests.soak.verdict import Tally
from tests.support.engines import WANTED, make_server, make_template, running

KINDS = {
    "kill",
    "stop",
    "worker",
    "host_listener",
    *(
        f"{side}_{name}"
        for side in ("home", "bank")
        for name in ("crash", "cut", "silence", "listener")
    ),
}


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that keeps what was committed when it crashes."""
    made = make_server(ENGINES[0], SAFE)
    if made is None:
        pytest.skip(f"engine {ENGINES[0]} is not here: {WANTED}")
    with running(made):
        yield made


@pytest.mark.long
async def test_both_servers_events_are_delivered_once_and_in_order(
    server: Server, measured: Callable[[str], None]
) -> None:
    plan = Plan(7, subscribers=6, one_of_each=True)
    result = await play(plan, ENGINES[0], server, make_template(server))
    assert not result.tally, result.tally.words[0]
    assert result.faults == dict.fromkeys(KINDS, 1)
    measured(line(result))


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([1, 2, 4], (0, 0, 0)),
        ([1, 4], (1, 0, 0)),
        ([1, 2, 2, 4], (0, 1, 0)),
        ([2, 1, 4], (0, 0, 1)),
    ],
)
def test_verdict(told: list[int], wrong: tuple[int, int, int]) -> None:
    tally = Tally()
    compare(tally, "here", told, [1, 2, 4])
    assert (tally.lost, tally.twice, tally.disordered) == wrong
