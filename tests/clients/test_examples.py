"""The examples of the clients' documents, run against a server."""

import asyncio
import re
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.paths import ROOT
from tests.api.conftest import KEY, Client
from tests.support.client_reading import NODE, needs_node
from tests.support.live_market import open_store, quote, refresh

pytestmark = pytest.mark.one_engine

FENCE = re.compile(r"^```(python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ("docs/clients.md", "clients/python/README.md", "clients/js/README.md")
EXAMPLES = [
    (page, at, language, text)
    for page in PAGES
    for at, (language, text) in enumerate(FENCE.findall((ROOT / page).read_text()))
]
BUILT = ROOT / "api" / "static" / "pgstrike.js"


@pytest.fixture
async def market(connection: psycopg.Connection) -> AsyncIterator[None]:
    """A market that moves for as long as the example runs."""
    store = open_store(connection)
    quote(store, 0)
    refresh(connection)

    def move() -> None:
        minute = 0
        while not stopping.is_set():
            minute += 1
            quote(store, minute / 10, seed=minute)

    stopping = threading.Event()
    moving = asyncio.create_task(asyncio.to_thread(move))
    yield
    stopping.set()
    await moving


def of(language: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "text",
        [
            pytest.param(text, id=f"{page}-{at}")
            for page, at, wrote, text in EXAMPLES
            if wrote == language
        ],
    )


async def output_of(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(60):
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


def run_against(text: str, client: Client) -> str:
    """The example, with the address and key of the test's server."""
    assert "http://127.0.0.1:8765" in text and "let-me-in" in text
    return text.replace("http://127.0.0.1:8765", client.address).replace(
        "let-me-in", KEY
    )


@of("python")
@pytest.mark.usefixtures("market")
async def test_example_in_python(client: Client, tmp_path: Path, text: str) -> None:
    script = tmp_path / "example.py"
    script.write_text(run_against(text, client))
    assert await output_of(sys.executable, str(script))


@needs_node
@of("js")
@pytest.mark.usefixtures("market")
async def test_example_in_javascript(client: Client, tmp_path: Path, text: str) -> None:
    assert NODE is not None
    script = tmp_path / "example.mjs"
    text = text.replace('"pgstrike-client"', f'"{BUILT.as_uri()}"')
    script.write_text(run_against(text, client))
    assert await output_of(NODE, str(script))
