"""The dashboard's files: served to everybody, compressed, kept by browsers, and as built."""

import re
import subprocess
from pathlib import Path

import pytest

from pgstrike.api.http.static import DASHBOARD
from pgstrike.db.paths import ROOT
from tests.api.conftest import Client
from tools.node import NODE

pytestmark = pytest.mark.one_engine

MOST_BYTES = 60_000  # of script and style, compressed
FILE = re.compile(r'"(/static/dashboard/[^"]+)"')
AT_ONCE = re.compile(r'(?:from|import)"\./([^"]+)"')
WEB = ROOT / "web"


async def test_page_needs_no_key_and_its_policy_lets_nothing_out(
    client: Client,
) -> None:
    del client.session.headers["Authorization"]
    async with client.session.get("/") as answer:
        page = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert answer.headers["Cache-Control"] == "no-cache"
        policy = answer.headers.getall("Content-Security-Policy")
        assert len(policy) == 1
        assert "require-trusted-types-for 'script'" in policy[0]
        assert "unsafe" not in policy[0] and "http" not in policy[0]
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert not re.search(r'(src|href)="(?!/static/|data:,)', page)


async def test_files_of_the_page_are_compressed_and_kept(client: Client) -> None:
    page = (DASHBOARD / "index.html").read_text()
    paths = FILE.findall(page)
    assert needed(paths) <= {*paths}
    total = 0
    for path in paths:
        for coding in ("br", "gzip"):
            headers = {"Accept-Encoding": coding}
            async with client.session.get(
                path, headers=headers, auto_decompress=False
            ) as answer:
                assert answer.status == 200
                assert answer.headers["Content-Encoding"] == coding
                assert answer.headers["Vary"] == "Accept-Encoding"
                assert "immutable" in answer.headers["Cache-Control"]
                total += int(answer.headers["Content-Length"]) * (coding == "br")
    assert total < MOST_BYTES


def needed(paths: list[str]) -> set[str]:
    """The scripts that those of the page import at once, and not when a view is shown."""
    scripts = [DASHBOARD / path.rpartition("/")[2] for path in paths if ".js" in path]
    assert scripts
    names = {name for each in scripts for name in AT_ONCE.findall(each.read_text())}
    assert names
    return {f"/static/dashboard/{name}" for name in names}


async def test_nothing_but_the_files_is_served(client: Client) -> None:
    for name in ("", "index.html", "../../app.py", "..%2fpgstrike.js.br", "x.js.br"):
        async with client.session.get(f"/static/dashboard/{name}") as answer:
            assert answer.status == 404


async def test_licences_name_every_package(client: Client) -> None:
    async with client.session.get("/licences") as answer:
        text = await answer.text()
        assert answer.content_type == "text/plain"
    for name in ("lit-html", "uplot"):
        assert re.search(rf"^{name} \d", text, re.MULTILINE)
    assert text.count("Copyright (c)") >= 2


def test_committed_files_are_what_the_sources_build(tmp_path: Path) -> None:
    if not (WEB / "node_modules").exists():
        pytest.skip("the packages of web/ are not installed: `make web` does that")
    built = tmp_path / "built"
    subprocess.run([NODE, WEB / "build.mjs", built], check=True)
    names = {path.name for path in built.iterdir()}
    assert names == {path.name for path in DASHBOARD.iterdir()}
    for name in names:
        new, kept = ((folder / name).read_bytes() for folder in (built, DASHBOARD))
        assert new == kept, f"{name}: run `make web`"
