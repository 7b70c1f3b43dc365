"""How a process is asked to end."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pgstrike.db.paths import ROOT
from pgstrike.db.signals import ending_signals

CHILD = """
import signal, sys, time
import pgstrike.db.signals
pgstrike.db.signals.STOP_SECONDS = 0.1
signal.signal(signal.SIGTERM, {handler})
pgstrike.db.signals.end_with_input()
print(flush=True)
time.sleep(600)
"""


@pytest.fixture
def hang_up() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def test_closed_terminal_is_an_end_unless_nohup_says_otherwise(hang_up: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert ending_signals() == [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert ending_signals() == [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize(
    ("handler", "code"),
    [("lambda *_: sys.exit(7)", 7), ("signal.SIG_IGN", 1)],
    ids=["cleanly", "by force where that hangs"],
)
def test_process_ends_with_its_input(handler: str, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD.format(handler=handler)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdout.readline()
        assert child.poll() is None
        child.stdin.close()
        assert child.wait(60) == code
