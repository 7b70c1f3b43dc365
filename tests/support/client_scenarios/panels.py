"""Panels: their states, polled and streamed."""

import json

from tests.support.client_reading import STALLS, Wish
from tests.support.client_scenarios.scenario import PAGE, STATE, Scenario, state
from tests.support.misbehaving import Reply, Send


def polled(id: str) -> Reply:
    """The state of a panel, as a poll of it is answered."""
    body = json.dumps({"event": id, **json.loads(STATE)})
    return Reply(200, body, {"Content-Type": "application/json"})


PANELS = [
    *(
        Scenario(
            f"a panel polls where streaming is impossible, and streams again: {name}",
            (*acts, Send(state("b:9"))),
            [("snapshot", "b:1"), ("snapshot", "b:2"), ("snapshot", "b:9")],
            metrics=(
                polled("b:1"),
                polled("b:1"),
                polled("b:2"),
                *[polled("b:2")] * 1000,
            ),
            wish=Wish(count=3, is_panel=True, timing={**STALLS, "try_stream": 2}),
            modes=[*modes, "polling", "connecting", "streaming"],
        )
        for name, acts, modes in [
            ("a page", (PAGE,), []),
            (
                "nothing comes",
                (Send("", "stay silent"),) * 3,
                ["waiting", "connecting"] * 2,
            ),
        ]
    ),
    Scenario(
        "a state counts though its id is no new one",
        (Send(state("a:7")), Send("id: a:7\n\n" + state("a:7"))),
        [("snapshot", "a:7"), ("snapshot", "a:7")],
        wish=Wish(count=2, is_panel=True),
        resumes_from=[None, "a:7"],
    ),
    Scenario(
        "a panel's reset without a position starts as a new reader",
        (
            Send(state("a:9")),
            Send('id:\nevent: reset\ndata: {"reason":"ahead"}\n\n'),
            Send(state("a:3")),
        ),
        [("snapshot", "a:9"), ("reset", ""), ("snapshot", "a:3")],
        wish=Wish(count=3, is_panel=True),
        resumes_from=[None, "a:9", None],
    ),
    Scenario(
        "a panel's event that is none is raised",
        (Send(state("a:1") + "id: a:2\nevent: chain\ndata: 7\n\n"),),
        [("snapshot", "a:1")],
        wish=Wish(count=2, is_panel=True),
        error=("PgstrikeError", "bad_event", "event a:2 (chain) is not one of a panel"),
    ),
]
