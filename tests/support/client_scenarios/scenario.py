"""What servers do wrong in one case, and what a client must make of it."""

from dataclasses import dataclass, field

from tests.support.client_reading import Wish
from tests.support.misbehaving import Act, Reply

RETRY = "retry: 10\n\n"
STATE = '{"topic":"snapshot","clock":null,"chains":[]}'
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
