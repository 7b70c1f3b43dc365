"""A module of ours run beside its peers, in build/bench-venv, on one core."""

import os
import subprocess
import venv
from collections.abc import Mapping, Sequence

from pgstrike.db.paths import ROOT

VENV = ROOT / "build" / "bench-venv"
PYTHON = VENV / "bin" / "python"


def run_beside(
    peers: Sequence[str], module: str, environ: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Install the peers, then run `python -m MODULE measure` there; its output is kept."""
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *peers], check=True)
    core = max(os.sched_getaffinity(0))
    return subprocess.run(
        [PYTHON, "-W", "ignore", "-m", module, "measure"],
        cwd=ROOT,
        env=os.environ | environ | {"PYTHONPATH": str(ROOT / "src")},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
