"""The clients as packages: what they hold, what they need, and what is built from them."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pgstrike.db.paths import ROOT

PYTHON = ROOT / "clients" / "python"
JS = ROOT / "clients" / "js"
BUILT = ROOT / "api" / "static" / "pgstrike.js"
NPM = shutil.which("npm")
EXTRAS = {"pandas", "polars", "arrow", "adbc"}
SERVERS = ("pgstrike", "numpy", "psycopg", "pandas", "polars", "pyarrow")


def test_python_needs_aiohttp_alone() -> None:
    project = tomllib.loads((PYTHON / "pyproject.toml").read_text())["project"]
    [needed] = project["dependencies"]
    assert needed.startswith("aiohttp")
    assert set(project["optional-dependencies"]) == EXTRAS


def test_import_brings_nothing_of_the_server() -> None:
    code = f"import sys, pgstrike_client; print(*(set({SERVERS!r}) & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == []


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The package for Node, built in a folder of its own."""
    if NPM is None:
        pytest.skip("there is no npm on this machine, so pgstrike.js cannot be built")
    if not (JS / "node_modules").is_dir():
        pytest.skip("clients/js/node_modules is absent; run `make clients` first")
    for name in ("package.json", "tsconfig.json", "README.md"):
        shutil.copy(JS / name, tmp_path)
    shutil.copytree(JS / "src", tmp_path / "src")
    (tmp_path / "node_modules").symlink_to(JS / "node_modules")
    npm(tmp_path, "run", "--silent", "build")
    return tmp_path


def npm(folder: Path, *arguments: str) -> str:
    assert NPM is not None
    done = subprocess.run(
        [NPM, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_file_that_the_api_serves_is_built_from_the_source(built: Path) -> None:
    assert (built / "dist" / "pgstrike.js").read_text() == BUILT.read_text(), (
        "api/static/pgstrike.js is not what clients/js builds to; run `make clients`"
    )


def test_npm_package_holds_the_build_and_its_types(built: Path) -> None:
    [packed] = json.loads(npm(built, "pack", "--dry-run", "--json", "--ignore-scripts"))
    names = {file["path"] for file in packed["files"]}
    declared = {f"dist/{path.stem}.d.ts" for path in (JS / "src").glob("*.ts")}
    assert names == {"README.md", "package.json", "dist/pgstrike.js", *declared}
    assert "dependencies" not in json.loads((built / "package.json").read_text())
