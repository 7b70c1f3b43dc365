"""How long a client waits before it connects again, and what it does not wait for."""

from tests.support.client_reading import Wish
from tests.support.client_scenarios.scenario import Scenario, chain
from tests.support.misbehaving import Act, Reply, Send, event


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
