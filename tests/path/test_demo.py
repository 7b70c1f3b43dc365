"""`make demo`, as a newcomer runs it, by the command behind it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.paths import ROOT
from db.server import embedded_server

PATIENCE = 60


def start(place: Path, *arguments: str) -> "subprocess.Popen[str]":
    environ = {
        name: value for name, value in os.environ.items() if name != "PGSTRIKE_DSN"
    }
    return subprocess.Popen(
        [sys.executable, "-m", "jobs", "demo", *arguments],
        cwd=ROOT,
        env={**environ, "PGSTRIKE_DATA_DIR": str(place / "demo")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_behind(mark: str) -> list[str]:
    """Command lines and environments of processes that name the demo's directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (
                process / "environ"
            ).read_bytes()
        except OSError:
            continue
        if mark.encode() in text:
            found.append(text.decode(errors="replace"))
    return found


@pytest.fixture
def place() -> Iterator[Path]:
    """Somewhere that the server's user may enter, as pytest's own place is not for root."""
    with tempfile.TemporaryDirectory(
        prefix="pgstrike-test-demo-", dir="/var/tmp"
    ) as found:
        Path(found).chmod(0o755)
        yield Path(found)


def test_demo_shows_figures_and_leaves_nothing_behind(place: Path) -> None:
    demo = start(place, "--duration", "8", "--speed", "60")
    out, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    assert "http://127.0.0.1:" in out and "strikes  underlying" in out
    assert "Traceback" not in err
    assert left_behind(str(place)) == []
    assert not embedded_server(place / "demo-demo").data.exists()


def test_interrupt_stops_it_cleanly(place: Path) -> None:
    demo = start(place)
    assert demo.stdout is not None
    line = ""
    while "strikes  underlying" not in line:
        line = demo.stdout.readline()
        assert line, demo.communicate()[1]
    demo.send_signal(signal.SIGINT)
    _, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    assert "Traceback" not in err
    assert left_behind(str(place)) == []


def test_missing_feed_is_refused_before_anything_starts(place: Path) -> None:
    demo = start(place, "--feed", "/nowhere.csv")
    _, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 1
    assert (
        err
        == "pgstrike: no such file: /nowhere.csv; give FEED=PATH of a recorded feed\n"
    )
