"""Streams that are cut, damaged or silent, and frames that have no end."""

from tests.support.client_reading import STALLS, Wish
from tests.support.client_scenarios.scenario import RETRY, Scenario, chain
from tests.support.misbehaving import Flood, Send, event

GARBAGE = "\0\ufffdgarbage\n\ndata: no id\n\nid: a:9\0\ndata: x\n\n"
CUT = [
    Scenario(
        "cut in a frame is resumed after the last whole one",
        (
            Send(RETRY + event(1) + event(2)[:-5]),
            Send(event(2) + event(3)),
        ),
        chain("a:1", "a:2", "a:3"),
        wish=Wish(count=3, after="a:0"),
        resumes_from=["a:0", "a:1"],
        modes=["streaming", "waiting", "connecting", "streaming"],
    ),
    Scenario(
        "repeated and garbled events are left out",
        (
            Send(event(1) + event(1) + GARBAGE + event(2)),
            Send(event(1) + event(3)),
        ),
        chain("a:1", "a:2", "a:3"),
        wish=Wish(count=3),
    ),
    Scenario(
        "only the newest 1000 ids are remembered",
        (
            Send("".join(map(event, range(1002)))),
            Send(event(2) + event(1) + event(9999)),
        ),
        chain(*(f"a:{id}" for id in range(1002)), "a:1", "a:9999"),
        wish=Wish(count=1004),
    ),
    Scenario(
        "ids are opaque",
        (
            Send("".join(f"id: {id}\nevent: x\ndata: 1\n\n" for id in "zya")),
            Send("id: b\nevent: x\ndata: 1\n\n"),
        ),
        [("x", "z"), ("x", "y"), ("x", "a"), ("x", "b")],
        wish=Wish(count=4),
        resumes_from=[None, "a"],
    ),
    Scenario(
        "an id without an event is resumed from",
        (Send("id: a:7\n\n: heartbeat\nid: a:9\n\n"), Send(event(10))),
        chain("a:10"),
        resumes_from=[None, "a:9"],
    ),
    Scenario(
        "stall without heartbeat is noticed",
        (Send(event(1), "stay silent"), Send(event(2), "stay silent")),
        chain("a:1", "a:2"),
        wish=Wish(count=2, timing=STALLS),
        resumes_from=[None, "a:1"],
    ),
    Scenario(
        "a consumer that is slow is not taken for a stall",
        (Send(event(1) + event(2) + event(3), "beat"),),
        chain("a:1", "a:2", "a:3"),
        wish=Wish(count=3, pause=1.5, timing={"stall": 1.2}),
        resumes_from=[None],
        modes=["streaming"],
    ),
    Scenario(
        "a damaged compression is a lost connection",
        (
            Send("no gzip", headers={"Content-Encoding": "gzip"}),
            Send(event(1)),
        ),
        chain("a:1"),
        resumes_from=[None, None],
    ),
]
LONG = [
    Scenario(
        "a frame without an end is cut once, and the stream resumed",
        (
            Send(event(1)),
            Flood("data: "),
            Send(event(2)),
            Flood("data: x\ndata: "),
            Send(event(3)),
        ),
        chain("a:1", "a:2", "a:3"),
        wish=Wish(count=3),
        resumes_from=[None, "a:1", "a:1", "a:2", "a:2"],
    ),
    *(
        Scenario(
            f"a frame without an end that comes again is raised: {begin!r}",
            (Send(event(1)), Flood(begin), Flood(begin)),
            chain("a:1"),
            wish=Wish(count=2),
            resumes_from=[None, "a:1", "a:1"],
            error=(
                "FrameTooLongError",
                "frame_too_long",
                "a frame of the stream is longer than 1048576 bytes; ask for less, or raise ",
            ),
        )
        for begin in ("data: ", ": ", "id: ", "")
    ),
    Scenario(
        "frames that have ended are not held",
        (Send("".join(map(event, range(100)))),),
        chain(*(f"a:{id}" for id in range(100))),
        wish=Wish(count=100, max_frame_bytes=200),
        resumes_from=[None],
    ),
    Scenario(
        "a stream of comments holds nothing",
        (Send((": " + "x" * 1000 + "\n") * 2000 + "\n" + event(1)),),
        chain("a:1"),
        resumes_from=[None],
    ),
]
