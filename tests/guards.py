"""Guards of embedded servers, as the tests find them among all processes."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

SECONDS = 60


def guards(base: Path) -> list[int]:
    """The processes that guard the server of the folder."""
    return [
        int(process.parent.name)
        for process in Path("/proc").glob("[0-9]*/cmdline")
        if [b"db.guard", bytes(base)] == words(process)[-2:]
    ]


def words(cmdline: Path) -> list[bytes]:
    try:
        return cmdline.read_bytes().split(b"\0")[:-1]
    except OSError:
        return []


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + SECONDS
    while not condition():
        assert monotonic() < deadline
        sleep(0.02)
