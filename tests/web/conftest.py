"""A page of the dashboard in Chromium, over the stock of a file.

One Chromium serves all tests of a worker, each with a profile of its own. So they share an
event loop: to start another Chromium for each takes as long as a short test.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.api.conftest import Client, Serve, serve
from tests.conftest import Stock
from tests.support.dashboard import Browser, launched, profile
from tests.support.views import Page, opened

__all__ = ["serve"]

ONE_LOOP = pytest.mark.asyncio(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_here = Path(__file__).parent in item.path.parents
        if is_here and pytest_asyncio.is_async_test(item):
            item.add_marker(ONE_LOOP, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Any]:
    async with launched() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def client(serve: Serve) -> AsyncIterator[Client]:
    async with serve() as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def browser(
    stock: Stock, dsn: str, client: Client, chromium: Any
) -> AsyncIterator[Browser]:
    async with profile(chromium, client.address, dsn) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> Page:
    """It goes from view to view."""
    return await opened(browser)
