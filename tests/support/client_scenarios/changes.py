"""A stream that is changed while it is read."""

from tests.support.client_reading import Wish
from tests.support.client_scenarios.scenario import PAGE, RETRY, Scenario, chain, state
from tests.support.misbehaving import Reply, Send, answer, event

CHANGED = [
    Scenario(
        "a changed stream is opened at the last id before the old one is closed",
        (
            Send(event(1) + event(2), "beat"),
            Send(event(2) + event(3), "beat"),
        ),
        chain("a:1", "a:2", "a:3"),
        wish=Wish(count=3, change_after=2),
        resumes_from=[None, "a:2"],
        modes=["streaming"],
        symbols=["NIFTY", "BANKNIFTY"],
        most_open=2,
    ),
    Scenario(
        "a changed panel begins with its own state",
        (Send(state("a:1"), "beat"), Send(state("a:1") + event(2), "cut")),
        [("snapshot", "a:1"), ("snapshot", "a:1")],
        wish=Wish(count=2, is_panel=True, change_after=1),
        resumes_from=[None, None],
        modes=["streaming"],
        symbols=["NIFTY", "BANKNIFTY"],
        most_open=2,
    ),
    Scenario(
        "a panel that is cut before the state of its change has come asks for it whole",
        (Send(state("a:1"), "beat"), Send(RETRY), Send(state("a:3"), "beat")),
        [("snapshot", "a:1"), ("snapshot", "a:3")],
        wish=Wish(count=2, is_panel=True, change_after=1),
        resumes_from=[None, None, None],
        symbols=["NIFTY", "BANKNIFTY", "BANKNIFTY"],
    ),
    Scenario(
        "a change that the server cannot serve yet is tried again",
        (Send(event(1), "beat"), Reply(503), Send(event(2), "beat")),
        chain("a:1", "a:2"),
        wish=Wish(count=2, change_after=1),
        resumes_from=[None, "a:1", "a:1"],
        modes=["streaming", "waiting", "connecting", "streaming"],
        symbols=["NIFTY", "BANKNIFTY", "BANKNIFTY"],
    ),
    Scenario(
        "a change ends the wait for the next connection",
        (Reply(503, headers={"Retry-After": "3600"}), Send(event(1), "beat")),
        chain("a:1"),
        wish=Wish(change_in="waiting", timing={"longest_retry": 3600}),
        modes=["waiting", "streaming"],
        symbols=["NIFTY", "BANKNIFTY"],
    ),
    Scenario(
        "a change ends the wait for the next poll",
        (PAGE, Send(event(1) + event(2), "beat")),
        [("snapshot", "a:1"), ("chain", "a:2")],
        metrics=(answer("a:1"), answer("a:1")),
        wish=Wish(
            count=2, with_snapshot=True, change_in="polling", timing={"poll": 3600}
        ),
        symbols=["NIFTY", "BANKNIFTY"],
    ),
]
