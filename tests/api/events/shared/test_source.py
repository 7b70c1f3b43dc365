"""One listens for a host: what its members get, whatever becomes of it."""

import asyncio
import contextlib
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from time import monotonic
from typing import TypeVar

import psycopg
import pytest

from pgstrike.api.events.event import Position
from pgstrike.api.events.log import EventLog
from pgstrike.api.events.shared import outlet
from pgstrike.api.events.shared.channel import SharedChannel
from pgstrike.api.events.shared.page import SIZE
from pgstrike.api.events.shared.source import SharedSource
from pgstrike.api.workers import shared
from pgstrike.api.workers.shared import Doors, opened_doors
from pgstrike.db.background import running
from pgstrike.db.listen import has_arrived
from pgstrike.db.session import Session
from tests.support.host import PROBE_SECONDS, Member, host, notify, sessions, until
from tests.support.live_market import append, epoch

pytestmark = pytest.mark.one_engine


async def test_members_get_all_in_order(
    dsn: str, connection: psycopg.Connection
) -> None:
    async with host(dsn) as here, contextlib.AsyncExitStack() as stack:
        members = [await stack.enter_async_context(here.member()) for _ in range(3)]
        notify(connection, *range(100))
        notify(connection, "last")
        for member in members:
            await member.has("last")
            assert member.taken == [None, *map(str, range(100)), "last"]
        assert len(sessions(connection)) == 1


async def test_killed_process_is_followed_by_another(
    dsn: str, connection: psycopg.Connection
) -> None:
    async with host(dsn) as here, here.member() as held, here.member() as member:
        held.goes.clear()
        notify(connection, "held")
        await member.has("held")
        before = sessions(connection)
        here.send(signal.SIGKILL)
        await until(lambda: not member.source.connected)
        assert not member.source.alive()
        assert not member.source.is_quiet()
        await member.joined(2)
        notify(connection, "after")
        await member.has("after")
        # A member that is held has the socket of the killed one; the other ends its session.
        await until(lambda: len(sessions(connection)) == 1)
        assert not sessions(connection) & before


async def test_lost_connection_is_signalled(
    dsn: str, connection: psycopg.Connection
) -> None:
    async with host(dsn) as here, here.member() as member:
        [pid] = sessions(connection)
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        await member.joined(2)
        notify(connection, "after")
        await member.has("after")


async def test_replaced_process_hands_its_members_over(
    dsn: str, connection: psycopg.Connection
) -> None:
    """Nobody sees a moment without a listener."""
    async with host(dsn) as here, here.member() as one, here.member() as two:
        await until(lambda: one.source.alive() and two.source.alive())
        before, is_over, seen = here.pid, asyncio.Event(), []

        async def look() -> None:
            while not is_over.is_set():
                seen.append(one.source.alive() and two.source.alive())
                await asyncio.sleep(0.005)

        looking = asyncio.create_task(look())
        await here.listener.replace()
        await one.joined(2)
        await two.joined(2)
        is_over.set()
        await looking
        assert all(seen)
        assert here.pid != before
        notify(connection, "after")
        await one.has("after")
        await two.has("after")
        assert len(sessions(connection)) == 1


async def test_stopped_process_is_not_alive_and_is_killed(
    dsn: str, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "STUCK_LOOKS", 3)
    async with host(dsn) as here, here.member() as member:
        await until(member.source.alive)
        here.send(signal.SIGSTOP)
        began = monotonic()
        await until(lambda: not member.source.alive())
        assert monotonic() - began < 5 * 3 * PROBE_SECONDS  # five times the promise
        notify(connection, "meanwhile")
        await member.joined(2)
        notify(connection, "after")
        await member.has("after")


@pytest.mark.long
async def test_held_member_is_cut_and_holds_up_nobody(
    dsn: str, connection: psycopg.Connection
) -> None:
    big, most = "x" * 7000, outlet.MOST_WAITING
    async with host(dsn) as here, here.member() as held, here.member() as other:
        held.goes.clear()
        for number in range(2 * most // (100 * len(big)) + 1):
            payloads = [f"{number} {place} {big}" for place in range(100)]
            await asyncio.to_thread(notify, connection, *payloads)
            await other.has(payloads[-1])
        assert other.taken.count(None) == 1
        assert resident(here.pid) < 150_000_000
        held.goes.set()
        await held.joined(2)
        notify(connection, "after")
        await held.has("after")
        assert payloads[-1] not in held.taken


def resident(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        [line] = [line for line in status if line.startswith("VmHWM")]
    return 1024 * int(line.split()[1])


Listening = TypeVar("Listening", bound=SharedChannel)


@contextlib.contextmanager
def listening(
    kind: type[Listening], dsn: str, connection: psycopg.Connection
) -> Iterator[tuple[Listening, Doors]]:
    """A channel in the test's own process, and where its members join it."""
    row = connection.execute("SELECT channel FROM job.installation").fetchone()
    assert row is not None
    with opened_doors() as doors, tempfile.TemporaryFile() as page:
        page.truncate(SIZE)
        door, descriptor = doors.inner, page.fileno()
        yield kind(dsn, row[0], probe_seconds=1, door=door, page=descriptor), doors


def source_of(channel: SharedChannel, dsn: str, doors: Doors) -> SharedSource:
    return SharedSource(dsn, channel.channel, doors.outer, probe_seconds=1)


class Unproved(SharedChannel):
    """Sends no probe until the test lets it."""

    goes: asyncio.Event

    async def _probe(self, connection: Session, *, is_silent: bool) -> None:
        await self.goes.wait()
        await super()._probe(connection, is_silent=is_silent)


async def test_nobody_joins_before_a_probe_came_back(
    dsn: str, connection: psycopg.Connection
) -> None:
    """Who joins has left a process that was alive."""
    with listening(Unproved, dsn, connection) as (channel, doors):
        channel.goes = asyncio.Event()
        source = source_of(channel, dsn, doors)
        async with (
            running(drain(channel), "channel"),
            contextlib.aclosing(source.signals()) as signals,
        ):
            await until(lambda: channel.connected)
            joining = asyncio.create_task(anext(signals))
            await until(lambda: joining.done() or has_arrived(doors.inner.fileno()))
            channel.goes.set()
            assert await joining is None
            assert source.alive()


class Watched(SharedChannel):
    """Asks whether a member is quiet, between what it reads and what it sends."""

    quiet: Callable[[], bool]

    def _arrived(self, connection: Session) -> list[str]:
        payloads = super()._arrived(connection)
        assert not payloads or not self.quiet()
        return payloads

    def _send(self, texts: list[str]) -> None:
        assert not self.quiet()
        super()._send(texts)
        assert not self.quiet()


async def test_not_quiet_between_reading_and_sending(
    dsn: str, connection: psycopg.Connection
) -> None:
    with listening(Watched, dsn, connection) as (channel, doors):
        member = Member(source_of(channel, dsn, doors))
        channel.quiet = member.source.is_quiet
        async with (
            running(drain(channel), "channel") as driving,
            running(member.run(), "member"),
        ):
            for number in range(5):
                await member.joined(1)
                await until(lambda: driving.done() or member.source.is_quiet())
                notify(connection, number)
                await until(lambda n=number: driving.done() or str(n) in member.taken)
            assert not driving.done(), driving.exception()


async def test_other_database_is_not_joined(dsn: str, other_dsn: str) -> None:
    """The file of shards may name another one than when the process began to listen."""
    with psycopg.connect(other_dsn) as other:  # a clone, so of the same channel
        other.execute("UPDATE job.installation SET channel = 'another'")
    async with host(dsn) as made, made.member():
        signals = made.source(other_dsn).signals()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await anext(signals)
        await signals.aclose()


class Nowhere:
    """No database: whoever asks it fails."""

    name = "nowhere"

    def connection(self) -> AbstractAsyncContextManager[Session]:
        raise AssertionError("the database was asked")


async def drain(channel: SharedChannel) -> None:
    async for _ in channel.signals():
        pass


@pytest.mark.parametrize("seed", range(3))
async def test_never_quiet_while_something_is_on_its_way(
    dsn: str, connection: psycopg.Connection, seed: int
) -> None:
    """The process is stopped anywhere: also after it has read, and before it has sent."""
    dice = random.Random(seed)
    sent = 0
    async with host(dsn) as here, here.member() as member:
        await until(member.source.is_quiet)
        for _ in range(20):
            stops = asyncio.get_running_loop().call_later(
                dice.random() * 0.01, here.send, signal.SIGSTOP
            )
            for _ in range(dice.randrange(1, 6)):
                numbers = range(sent, sent + dice.randrange(1, 60))
                await asyncio.to_thread(notify, connection, *numbers)
                sent = numbers.stop
            await asyncio.sleep(max(stops.when() - monotonic(), 0) + 0.03)
            taken = len(member.taken) - member.taken.count(None)
            assert taken == sent or not member.source.is_quiet()
            here.send(signal.SIGCONT)
            await member.has(sent - 1)
            await until(member.source.is_quiet)
        assert member.taken == [None, *map(str, range(sent))]


async def test_past_is_read_from_the_memory_of_the_host(
    dsn: str, connection: psycopg.Connection
) -> None:
    async with host(dsn) as here, here.member() as member:
        append(connection, *range(300))
        await until(lambda: len(member.taken) == 301)
        upto = Position(epoch(connection), 300)
        log = EventLog(member.source)
        from_log = [event async for page in log.pages(0, upto) for event in page]
        log = EventLog(Nowhere())
        log.recent = member.source.recent
        found = [event async for page in log.past(0, upto) for event in page]
        assert [event.frame.plain for event in found] == [
            event.frame.plain for event in from_log
        ]
        assert log.recent(Position("another", 1)) is None
        # What a server that crashed announced may be announced again, as something else.
        [pid] = sessions(connection)
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        await member.joined(2)
        assert log.recent(Position(upto.epoch, 300)) is None
