"""Listening for as long as it takes: db.listen."""

import asyncio
import contextlib
import socket
from itertools import islice
from time import monotonic
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest

from pgstrike.db.backoff import backoff
from pgstrike.db.listen import HELLO, Channel, SilenceError


def make_channel(dsn: str, probe_seconds: float = 0.1) -> Channel:
    return Channel(
        dsn,
        "somewhere",
        application_name="test listener",
        probe_seconds=probe_seconds,
    )


def test_backoff_doubles_up_to_a_bound() -> None:
    for delay, middle in zip(
        islice(backoff(), 6), [0.1, 0.2, 0.4, 0.5, 0.5, 0.5], strict=True
    ):
        assert 0.5 * middle <= delay <= 1.5 * middle


async def test_payloads_come_in_order(dsn: str, connection: psycopg.Connection) -> None:
    channel = make_channel(dsn)
    async with contextlib.aclosing(channel.signals()) as signals:
        assert await anext(signals) is None
        connection.execute(
            "SELECT pg_notify('somewhere', n::text) FROM generate_series(1, 500) AS n"
        )
        assert [await anext(signals) for _ in range(500)] == [
            str(n) for n in range(1, 501)
        ]
    assert not channel.connected


async def test_probe_proves_it_is_alive(dsn: str) -> None:
    channel = make_channel(dsn)
    assert not channel.alive()
    async with contextlib.aclosing(channel.signals()) as signals:
        await anext(signals)
        assert channel.connected and not channel.alive()
        waiting = asyncio.create_task(anext(signals))
        await channel.heard.wait()
        assert channel.alive()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_reconnection_is_signalled(
    dsn: str, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    channel = make_channel(dsn)
    async with contextlib.aclosing(channel.signals()) as signals:
        await anext(signals)
        for _ in range(2):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'test listener'"
            )
            assert await anext(signals) is None
        connection.execute("SELECT pg_notify('somewhere', 'here')")
        assert await anext(signals) == "here"
    assert "listen_lost" in caplog.text


async def test_silence_is_noticed(dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    channel = make_channel(dsn)
    async with contextlib.aclosing(channel.signals()) as signals:
        await anext(signals)
        channel.probe_channel = "where nobody listens"
        began = monotonic()
        assert await anext(signals) is None
        assert monotonic() - began < 5
    assert "no notification came" in caplog.text


async def test_slow_reader_is_not_silence(
    dsn: str, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    # A statement of the listener that takes longer than this would end its session.
    channel = make_channel(dsn, probe_seconds=0.5)
    async with contextlib.aclosing(channel.signals()) as signals:
        await anext(signals)
        for number in range(3):
            connection.execute("SELECT pg_notify('somewhere', %s)", [str(number)])
            assert await anext(signals) == str(number)
            await asyncio.sleep(0.75)  # busy with something else, past the next probe
    assert caplog.text == ""


async def test_cancellation_closes_the_connection(
    dsn: str, connection: psycopg.Connection
) -> None:
    channel = make_channel(dsn)

    async def listen() -> None:
        async with contextlib.aclosing(channel.signals()) as signals:
            async for _ in signals:
                pass

    task = asyncio.create_task(listen())
    await channel.heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    left = "SELECT FROM pg_stat_activity WHERE application_name = 'test listener'"
    while connection.execute(left).fetchone() is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_alive_is_what_was_heard_of_lately(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Within three probes, and by the connection that there is."""
    channel = make_channel("dbname=nowhere")
    clock = Mock(return_value=1000.0)
    monkeypatch.setattr("pgstrike.db.listen.monotonic", clock)
    channel.connected = True
    assert not channel.alive()
    channel.heard_at = 1000.0
    for clock.return_value, alive in ((1000, True), (1000.29, True), (1000.31, False)):
        assert channel.alive() is alive
    channel.connected, clock.return_value = False, 1000.0
    assert not channel.alive()


async def test_new_connection_has_to_prove_itself(
    dsn: str, connection: psycopg.Connection
) -> None:
    channel = make_channel(dsn)
    channel.probe_seconds = 60  # so that no second probe comes
    async with contextlib.aclosing(channel.signals()) as signals:
        assert channel.lost()
        await anext(signals)
        waiting = asyncio.ensure_future(anext(signals))
        await channel.heard.wait()
        assert channel.alive() and not channel.lost()
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'test listener'"
        )
        assert await waiting is None
        assert channel.connected and not channel.alive() and not channel.lost()
        async with channel.connection() as own:
            await own.close()
        assert channel.connected and channel.lost()
    assert channel.lost()


async def test_hello_of_another_session_is_no_payload(
    dsn: str, connection: psycopg.Connection
) -> None:
    channel = make_channel(dsn)
    async with contextlib.aclosing(channel.signals()) as signals:
        await anext(signals)
        waiting = asyncio.ensure_future(anext(signals))
        await channel.heard.wait()
        assert not channel.greeted.is_set()
        connection.execute("SELECT pg_notify(%s, %s)", [channel.probe_channel, HELLO])
        await asyncio.wait_for(channel.greeted.wait(), 60)
        connection.execute("SELECT pg_notify('somewhere', 'here')")
        assert await waiting == "here"


class Queue:
    """A session to which somebody's notifications come, and its own probes never do."""

    closed = False

    def __init__(self, *payloads: str) -> None:
        self.payloads = [*payloads]
        self.executed: list[str] = []
        self.pgconn = self
        self._is_read = False
        self._socket, self._server = socket.socketpair()
        self._server.send(b"x" * len(payloads))

    def fileno(self) -> int:
        return self._socket.fileno()

    def consume_input(self) -> None:
        self._socket.recv(1)
        self._is_read = True

    def notifies(self) -> Any:
        """One of those that were sent, each time that something was read."""
        if not self._is_read:
            return None
        self._is_read = False
        return Mock(relname=b"somewhere", extra=self.payloads.pop(0).encode())

    async def execute(self, statement: str, *_: object) -> None:
        self.executed.append(statement)

    def close(self) -> None:
        self._socket.close()
        self._server.close()


async def test_probe_that_waits_behind_others_is_not_silence() -> None:
    channel = make_channel("dbname=nowhere")
    with contextlib.closing(Queue("a", "b")) as queue:
        session: Any = queue
        for payload in ("a", "b"):  # the first sends a probe, which is out from then on
            channel._probe_due = 0
            assert await channel._receive(session) == [payload]
        assert len(queue.executed) == 2
        channel._probe_due = 0
        with pytest.raises(SilenceError):
            await channel._receive(session)
