"""A page of the dashboard in Chromium, over the stock of a file."""

from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import Client, client, serve
from tests.conftest import Stock
from tests.support.dashboard import Browser, browsing
from tests.support.views import Page, opened

__all__ = ["client", "serve"]


@pytest.fixture
async def browser(stock: Stock, dsn: str, client: Client) -> AsyncIterator[Browser]:
    async with browsing(client.address, dsn) as found:
        yield found


@pytest.fixture
async def page(browser: Browser) -> Page:
    """It goes from view to view."""
    return await opened(browser)
