"""Starts `pgstrike demo`, and lists the processes that it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pgstrike.db.paths import ROOT

PATIENCE = 60


def start_demo(base: Path, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
    """The demo, whose data are in a folder there."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PGSTRIKE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "pgstrike", "demo", *arguments],
        cwd=ROOT,
        env={**clean, "PGSTRIKE_DATA_DIR": str(base / "demo"), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # The tests may run under nohup, whose children ignore a closed terminal.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )


def left_behind(base: Path) -> list[str]:
    """Command lines and environments of processes that name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (
                process / "environ"
            ).read_bytes()
        except OSError:
            continue
        if bytes(base) in text:
            found.append(text.decode(errors="replace"))
    return found
