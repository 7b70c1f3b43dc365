"""Files that are served."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from pgstrike.api.http.static import File

pytestmark = pytest.mark.one_engine


async def test_file_is_closed_where_its_reader_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while a thread opens it."""
    path = tmp_path / "page.html"
    path.write_text("page")
    begun, is_free = threading.Event(), threading.Event()
    opened: list[Any] = []
    make = File._make_response

    def make_slowly(self: File, *values: Any) -> Any:
        begun.set()
        is_free.wait()
        made = make(self, *values)
        opened.append(made[1])
        return made

    monkeypatch.setattr(File, "_make_response", make_slowly)
    sending = asyncio.create_task(File(path).prepare(make_mocked_request("GET", "/")))
    await asyncio.to_thread(begun.wait)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    is_free.set()
    async with asyncio.timeout(10):
        while not (opened and opened[0].closed):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
