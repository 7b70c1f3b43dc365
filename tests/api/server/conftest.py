"""A server whose answers can be held back, with connections that asked it before."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage

from pgstrike.api.cache.answers import Answers
from pgstrike.api.cache.changes import Changes
from pgstrike.api.server.http_connection import HttpConnection
from pgstrike.api.server.quick import QuickAnswers
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.alike import COUNT, Desk


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    waits, begin = QuickAnswers.waits, Answers.__init__

    def noted(
        self: QuickAnswers, message: RawRequestMessage, peer: HttpConnection, *more: Any
    ) -> bool:
        if is_one := waits(self, message, peer, *more):
            desk.waited.append(peer)
            if len(desk.waited) == desk.to_wait:
                desk.all_wait.set()
        return is_one

    def begun(self: Answers, changes: Changes, *, most_bytes: int) -> None:
        desk.changes = changes
        begin(self, changes, most_bytes=most_bytes)

    monkeypatch.setattr(QuickAnswers, "waits", noted)
    monkeypatch.setattr(Answers, "__init__", begun)
    monkeypatch.setattr("pgstrike.api.http.kept.make_answer", desk.make)
    return desk


@pytest.fixture
def long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[HttpConnection]:
    """Whose requests went the long way, since an answer was held back."""
    found: list[HttpConnection] = []
    begin = HttpConnection.begin

    def noted(self: HttpConnection, request: web.BaseRequest) -> None:
        if desk.is_held:
            found.append(self)
            if len(found) == COUNT:
                desk.all_long.set()
        begin(self, request)

    monkeypatch.setattr(HttpConnection, "begin", noted)
    return found


@pytest.fixture
async def client(
    serve: Serve, market: psycopg.Connection, desk: Desk
) -> AsyncIterator[Client]:
    async with serve(probe_seconds=60) as client, AsyncExitStack() as stack:
        await desk.connect(client, stack)
        yield client
