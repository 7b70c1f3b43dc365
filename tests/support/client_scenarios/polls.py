"""Where streaming is impossible, a client polls."""

from tests.support.client_reading import STALLS, Wish
from tests.support.client_scenarios.scenario import PAGE, Scenario, chain
from tests.support.misbehaving import Reply, Send, answer, event

POLLS = [
    *(
        Scenario(
            f"it polls where streaming is impossible: {name}",
            acts,
            [("snapshot", f"b:{at}00") for at in (1, 2, 3)],
            wish=Wish(count=3, with_snapshot=True, timing=STALLS),
            modes=modes,
        )
        for name, acts, modes in [
            ("a page", (PAGE,), ["polling"]),
            ("no content", (Reply(204),), ["polling"]),
            (
                "a stream with another status",
                (Reply(203, event(1), {"Content-Type": "text/event-stream"}),),
                ["polling"],
            ),
            (
                "nothing comes",
                (Send("", "stay silent"),) * 3,
                ["waiting", "connecting"] * 2 + ["polling"],
            ),
        ]
    ),
    Scenario(
        "a poll that finds nothing new yields nothing, and one that fails is tried again",
        (PAGE,),
        [("snapshot", "b:1"), ("snapshot", "b:2")],
        metrics=(
            *[answer("b:1")] * 3,
            Reply(502, "<html>"),
            PAGE,
            answer("b:2"),
        ),
        wish=Wish(count=2, with_snapshot=True),
        modes=["polling", "waiting", "polling"],
    ),
    Scenario(
        "it streams once a poll succeeds after one that failed",
        (PAGE, Send(event(101, "b"), "beat")),
        [("snapshot", "b:1"), ("chain", "b:101")],
        metrics=(Reply(503), answer("b:1")),
        wish=Wish(count=2, with_snapshot=True, after="a:1", timing={"poll": 0.1}),
        modes=["waiting", "polling", "connecting", "streaming"],
    ),
    Scenario(
        "heartbeats alone are no stream",
        (Send(": heartbeat\n\n", "stay silent"),) * 3,
        [("snapshot", "b:100")],
        wish=Wish(after="a:1", with_snapshot=True, timing=STALLS),
        modes=[*["waiting", "connecting"] * 2, "polling"],
    ),
    Scenario(
        "a server that is too busy may stream later",
        (Reply(503),) * 4 + (Send(event(2)),),
        chain("a:2"),
        wish=Wish(after="a:1", with_snapshot=True),
        modes=[*["waiting", "connecting"] * 4, "streaming"],
    ),
    Scenario(
        "a stream that is cut often is a stream",
        tuple(Send(event(id)) for id in range(2, 7)),
        chain(*(f"a:{id}" for id in range(2, 7))),
        wish=Wish(count=5, after="a:1", with_snapshot=True),
    ),
    Scenario(
        "Retry-After is waited between polls",
        (PAGE,),
        [("snapshot", "b:1"), ("snapshot", "b:2")],
        metrics=(
            answer("b:1"),
            Reply(503, headers={"Retry-After": "1"}),
            answer("b:2"),
        ),
        wish=Wish(count=2, with_snapshot=True),
        least_poll_waits=(0, 1),
    ),
    Scenario(
        "streaming is tried again after polling",
        (PAGE, Send(event(101, "b"))),
        [("snapshot", "b:1"), ("chain", "b:101")],
        metrics=(answer("b:1"),) * 1000,
        wish=Wish(count=2, with_snapshot=True, timing={"try_stream": 0.05}),
        modes=["polling", "connecting", "streaming"],
    ),
    Scenario(
        "a poll that is refused is raised",
        (PAGE,),
        [("snapshot", "b:1")],
        metrics=(answer("b:1"), Reply(403, "no")),
        wish=Wish(count=2, with_snapshot=True),
        error=("RequestError", "http_403", "no"),
    ),
]
