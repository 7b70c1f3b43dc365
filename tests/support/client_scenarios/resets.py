"""Resets, and the snapshots that a client reads after them."""

from tests.support.client_reading import Wish
from tests.support.client_scenarios.scenario import PAGE, Scenario, chain
from tests.support.misbehaving import Reply, Send, answer, event

RESET = "id: b:5\nevent: reset\ndata: {}\n\n"
RESETS = [
    Scenario(
        "a reset becomes a snapshot and what follows it",
        (Send(RESET), Send(event(101, "b"))),
        [("snapshot", "b:100"), ("chain", "b:101")],
        wish=Wish(count=2, with_snapshot=True, after="a:1"),
        resumes_from=["a:1", "b:100"],
    ),
    Scenario(
        "what follows an older snapshot comes again",
        (Send(event(101, "b") + event(102, "b") + RESET), Send(event(102, "b"))),
        [
            *(("snapshot", "b:100"), *chain("b:101", "b:102")),
            *(("snapshot", "b:101"), *chain("b:102")),
        ],
        metrics=(answer("b:100"), answer("b:101")),
        wish=Wish(count=5, with_snapshot=True),
    ),
    Scenario(
        "a reset is handed on where there is no snapshot",
        (Send(RESET + event(6, "b")),),
        [("reset", "b:5"), ("chain", "b:6")],
        wish=Wish(count=2, after="a:9"),
    ),
    Scenario(
        "events from before a reset may come again after it",
        (Send(event(6, "b") + RESET + event(6, "b")),),
        [("chain", "b:6"), ("reset", "b:5"), ("chain", "b:6")],
        wish=Wish(count=3),
    ),
    Scenario(
        "a reset without an id keeps the one that was had",
        (Send(event(1)), Send("event: reset\ndata: {}\n\n"), Send(event(2))),
        [("chain", "a:1"), ("reset", "a:1"), ("chain", "a:2")],
        wish=Wish(count=3),
        resumes_from=[None, "a:1", "a:1"],
    ),
    Scenario(
        "a snapshot that cannot be read now is waited for",
        (Send(event(101, "b")),),
        [("snapshot", "b:300"), ("chain", "b:101")],
        metrics=(PAGE, Reply(503, headers={"Retry-After": "0"})),
        wish=Wish(count=2, with_snapshot=True),
    ),
    Scenario(
        "a snapshot that is refused is raised",
        (),
        [],
        metrics=(Reply(404, "no such page"),),
        wish=Wish(with_snapshot=True),
        error=("RequestError", "http_404", "no such page"),
    ),
]
