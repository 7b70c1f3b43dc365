"""Progress bars: on a terminal only, through storing and refreshing."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.support.cli import jobs
from tests.support.feeds import HEADER, csv_row


def shown_on_a_terminal(dsn: str, *arguments: str) -> str:
    """What a command writes to its standard error, a terminal."""
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "pgstrike", *arguments],
            env={**os.environ, "PGSTRIKE_DSN": dsn, "TERM": "xterm", "COLUMNS": "120"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        text = b""
        try:
            while part := screen.read(4096):
                text += part
        except OSError:  # the other end is closed
            pass
        assert process.wait(60) == 0, text
    return text.decode()


def test_ingest_shows_each_step_on_a_terminal(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"{HEADER}\n{csv_row()}\n")
    text = shown_on_a_terminal(dsn, "ingest", str(file), "--lot", "75")
    steps = "storing, 1 rows", "refreshing option_strike_bars_1min (", "the snapshot"
    assert [step for step in steps if step not in text] == []
    done = jobs(dsn, "ingest", file, "--lot", "75")
    assert "storing" not in done.stderr, "a log file needs no bar"
