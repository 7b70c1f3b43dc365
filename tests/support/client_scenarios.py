"""What servers do wrong, and what a client must make of it, in whatever language."""

import json
from dataclasses import dataclass, field

from tests.support.client_reading import STALLS, Wish
from tests.support.misbehaving import Act, Flood, Reply, Send, answer, event

RETRY = "retry: 10\n\n"
RESET = "id: b:5\nevent: reset\ndata: {}\n\n"
STATE = '{"topic":"snapshot","clock":null,"chains":[]}'
GARBAGE = "\0\ufffdgarbage\n\ndata: no id\n\nid: a:9\0\ndata: x\n\n"
PAGE = Reply(200, "<html>a proxy's page</html>", {"Content-Type": "text/html"})


@dataclass(frozen=True)
class Scenario:
    """A server's acts, and what must come of them."""

    name: str
    acts: tuple[Act, ...]
    yields: list[tuple[str, str]]
    metrics: tuple[Reply, ...] = ()
    wish: Wish = field(default_factory=Wish)
    resumes_from: list[str | None] | None = None
    modes: list[str] | None = None
    error: tuple[str, str, str] | None = None
    least_waits: tuple[float, ...] = ()  # seconds between connections
    symbols: list[str] | None = None  # that the streams were asked for, in turn
    most_open: int | None = None  # streams at once
    least_poll_waits: tuple[float, ...] = ()  # seconds between polls

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


def chain(*ids: str) -> list[tuple[str, str]]:
    return [("chain", id) for id in ids]


def state(id: str) -> str:
    return f"id: {id}\nevent: snapshot\ndata: {STATE}\n\n"


def refusal(status: int) -> Scenario:
    body = {"error": {"code": "x", "message": "Send the key."}}
    return Scenario(
        f"refusal {status} is raised at once",
        (Reply(status, json.dumps(body)),),
        [],
        resumes_from=[None],
        error=("RequestError", "x", "Send the key."),
    )


def later(status: int) -> Scenario:
    return Scenario(
        f"Retry-After of {status} is waited",
        (Reply(status, headers={"Retry-After": "1"}), Send(event(1))),
        chain("a:1"),
        modes=["waiting", "connecting", "streaming"],
        least_waits=(1,),
    )


def capped(name: str, *acts: Act) -> Scenario:
    """A wait of years is cut to the longest that is allowed."""
    return Scenario(
        name,
        (Send(event(1)), *acts, Send(event(2))),
        chain("a:1", "a:2"),
        wish=Wish(count=2, timing={"longest_retry": 0.1}),
        least_waits=(0, 0.1),
    )


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

WAIT = [
    later(503),
    later(429),
    later(408),
    Scenario(
        "a retry field sets the wait",
        (Send("retry: 500\n\n" + event(1)), Send(event(2))),
        chain("a:1", "a:2"),
        wish=Wish(count=2),
        least_waits=(0.5,),
    ),
    capped(
        "a retry field of a week is not waited",
        Send("retry: 604800000\n\n"),
    ),
    Scenario(
        "a retry field of 5000 digits is ignored",
        (Send(f"retry: {'9' * 5000}\n\n" + event(1)), Send(event(2))),
        chain("a:1", "a:2"),
        wish=Wish(count=2),
    ),
    capped(
        "a Retry-After of 400 digits is not waited",
        Reply(503, headers={"Retry-After": "9" * 400}),
    ),
    capped(
        "a Retry-After in a far year is not waited",
        Reply(503, headers={"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
    ),
    Scenario(
        "a Retry-After that is no date is ignored",
        (
            Reply(503, headers={"Retry-After": "Fri, 99 Dec 99999 99:59:59 +99999999"}),
            Send(event(1)),
        ),
        chain("a:1"),
    ),
    Scenario(
        "waits double",
        (Send(""),) * 3 + (Send(event(1)),),
        chain("a:1"),
        wish=Wish(timing={"first_wait": 0.1, "longest_wait": 10}),
        least_waits=(0.1, 0.2, 0.4),
    ),
    Scenario(
        "waits begin again after an event",
        tuple(Send(event(id)) for id in range(20)),
        chain(*(f"a:{id}" for id in range(20))),
        wish=Wish(count=20, timing={"first_wait": 0.001, "longest_wait": 1000}),
    ),
]

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

SCENARIOS = [
    *CHANGED,
    *CUT,
    *LONG,
    *WAIT,
    *RESETS,
    *POLLS,
    *PANELS,
    *(refusal(status) for status in (400, 401, 403, 404)),
]
