"""The dashboard's modules that need no browser, in Node."""

import shutil
import subprocess

import pytest

from pgstrike.db.paths import ROOT


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm here")
def test_modules_in_node() -> None:
    """Numbers, axes, gaps: what needs no browser."""
    if not (ROOT / "web" / "node_modules").exists():
        pytest.skip("the packages of web/ are not installed: `make web` does that")
    done = subprocess.run(
        ["npm", "run", "--silent", "test"],
        cwd=ROOT / "web",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
