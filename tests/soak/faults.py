"""Faults: each is done while writers write, and counts once everybody has caught up."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import NamedTuple

import psycopg

from tests.soak.mutations import Line
from tests.soak.readers import Reader
from tests.soak.service import Service
from tests.soak.subscriber import Subscriber
from tests.soak.topologies.topology import Topology
from tests.soak.writers import Writer, append

LISTENERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = %s AND datname = current_database()
"""
TERMINATE = "SELECT pg_terminate_backend(%s)"
FLOODS, FLOOD_EVENTS, FLOOD_BYTES = 12, 25, 3700  # twice as many in hexadecimal
STALLED = "reader_cut"  # what the server logs of a reader that took nothing for 5 s
LOOK_SECONDS = 0.01
MARK = Line("ops", None, None, '{"topic":"ops","mark":true}')

# How often each kind is drawn.
KINDS = {
    "listener": 26,
    "writer": 6,
    "kill": 12,
    "stop": 3,
    "crash": 14,
    "cut": 22,
    "freeze": 5,
    "stall": 1,
}
FAR_KINDS = {"silence": 5}  # where a network lies before the database
WORKER_KINDS = {"roll": 5, "worker": 6, "host": 8, "hang": 1}  # where there are several
QUICK = sorted({*KINDS, *FAR_KINDS, *WORKER_KINDS} - {"stall"})


class Fault(NamedTuple):
    """Something that is done after so many mutations."""

    kind: str
    after: int
    seed: str


def draw(
    seed: int, count: int, mutations: int, kinds: dict[str, int] | None
) -> list[Fault]:
    """So many faults, by the weights of their kinds; without weights, one of each of QUICK."""
    chance = random.Random(f"{seed}/faults")
    named = chance.sample(QUICK, len(QUICK))
    if kinds is not None:
        named = chance.choices([*kinds], [*kinds.values()], k=count)
    last = mutations * 9 // 10
    places = sorted(chance.randrange(1, last) for _ in named)
    return [
        Fault(kind, place, f"{seed}/fault/{number}")
        for number, (kind, place) in enumerate(zip(named, places, strict=True))
    ]


@dataclass
class Faults:
    """What faults are done to, and how often each was done and got over."""

    topology: Topology
    service: Service
    subscribers: list[Subscriber]
    writers: list[Writer]
    done: Counter[str] = field(default_factory=Counter)
    caught_up: list[float] = field(default_factory=list)  # s after a server was back

    async def do(self, fault: Fault) -> None:
        """Do it, and return once everybody has an event that was committed afterwards."""
        chance = random.Random(fault.seed)
        kinds: dict[str, Callable[[random.Random], Awaitable[None]]] = {
            "listener": self._listener,
            "writer": self._writer,
            "kill": self._kill,
            "worker": self._worker,
            "stop": self._stop,
            "roll": self._roll,
            "host": self._host,
            "hang": self._hang,
            "crash": self._crash,
            "cut": self._cut,
            "freeze": self._freeze,
            "stall": self._stall,
            "silence": self._silence,
            **self.topology.faults,
        }
        await kinds[fault.kind](chance)
        await self.all_told(await self.mark())
        self.done[fault.kind] += 1

    async def mark(self, *lines: Line) -> int:
        """Commit events, or one without a meaning. Returns the id of the last one."""
        return await asyncio.to_thread(commit, self.topology.dsn, lines or (MARK,))

    async def all_told(self, id: int) -> None:
        await asyncio.gather(*(reader.reach(id) for reader in self.readers()))

    def readers(self) -> list[Reader]:
        return [
            each
            for each in self.subscribers
            if isinstance(each, Reader) and not each.is_frozen
        ]

    def witnesses(self) -> list[Reader]:
        """Those who want everything."""
        return [reader for reader in self.readers() if reader.wish.is_all]

    async def _listener(self, _: random.Random) -> None:
        await asyncio.to_thread(
            ask, self.topology.near, LISTENERS, self.topology.listener
        )

    async def _writer(self, chance: random.Random) -> None:
        backend = chance.choice(self.writers).backend
        if backend is not None:
            await asyncio.to_thread(ask, self.topology.dsn, TERMINATE, backend[0])

    async def _kill(self, _: random.Random) -> None:
        await self.service.kill()
        await self.service.start()

    async def _worker(self, chance: random.Random) -> None:
        await self.service.kill_worker(chance.randrange(8))

    async def _stop(self, _: random.Random) -> None:
        await self.service.stop()
        await self.service.start()

    async def _roll(self, _: random.Random) -> None:
        await self.service.roll()

    async def _host(self, _: random.Random) -> None:
        await self.service.end_listener(signal.SIGKILL)

    async def _hang(self, _: random.Random) -> None:
        """Its supervisor kills it after a while."""
        await self.service.end_listener(signal.SIGSTOP)

    async def _crash(self, _: random.Random) -> None:
        server, dsn = self.topology.server, self.topology.dsn
        await asyncio.to_thread(server.stop, "immediate")
        starting = asyncio.create_task(asyncio.to_thread(server.start))
        back, mark = await asyncio.to_thread(commit_when_back, dsn)
        await asyncio.gather(*(reader.reach(mark) for reader in self.witnesses()))
        self.caught_up.append(monotonic() - back)
        await starting

    async def _cut(self, chance: random.Random) -> None:
        open_ones = [reader for reader in self.readers() if reader.wire is not None]
        for reader in chance.sample(open_ones, len(open_ones) // 3):
            assert reader.wire is not None
            reader.wire.cut()

    async def _freeze(self, chance: random.Random) -> None:
        """Some read nothing until they are too far behind; nobody else may notice."""
        frozen = [*self._some(chance, 4), *self._panels(chance, 2)]
        for reader in frozen:
            reader.freeze()
        try:
            await self._flood(chance)
        finally:
            for reader in frozen:
                reader.thaw()

    async def _stall(self, chance: random.Random) -> None:
        """One reads nothing until it is cut."""
        [frozen] = self._some(chance, 1)
        cuts = self.service.times_logged(STALLED)
        frozen.freeze()
        try:
            await self._flood(chance)
            await self.service.logged(STALLED, cuts + 1)
        finally:
            frozen.thaw()

    def _some(self, chance: random.Random, most: int) -> list[Reader]:
        """Readers of what a flood brings, one of those who want everything left out."""
        floods = [
            reader
            for reader in self.readers()
            if not reader.wish.is_panel
            and (not reader.wish.topics or "task" in reader.wish.topics)
            and reader.wish.coding == "identity"  # the kernel holds more of the others
            and reader is not self.witnesses()[0]
        ]
        return chance.sample(floods, min(most, len(floods)))

    def _panels(self, chance: random.Random, most: int) -> list[Reader]:
        panels = [reader for reader in self.readers() if reader.wish.is_panel]
        return chance.sample(panels, min(most, len(panels)))

    async def _flood(self, chance: random.Random) -> None:
        """More than may wait for a reader, no faster than the others read it."""
        for _ in range(FLOODS):
            lines = [
                Line("task", None, None, padded(chance)) for _ in range(FLOOD_EVENTS)
            ]
            mark = await self.mark(*lines)
            await asyncio.gather(*(reader.reach(mark) for reader in self.witnesses()))

    async def _silence(self, _: random.Random) -> None:
        """The network passes nothing on, and refuses nothing, until that is noticed."""
        network, text = self.topology.network, self.topology.says_lost
        assert network is not None
        lost = self.service.times_logged(text)
        network.passes.clear()
        try:
            await self.service.logged(text, lost + 1)
        finally:
            network.passes.set()


def padded(chance: random.Random) -> str:
    padding = chance.randbytes(FLOOD_BYTES).hex()
    return f'{{"topic":"task","padding":"{padding}"}}'


def ask(dsn: str, statement: str, *values: object) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode(), values or None)


def commit(dsn: str, lines: tuple[Line, ...]) -> int:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return append(connection, lines)


def commit_when_back(dsn: str) -> tuple[float, int]:
    """An event, as soon as the server accepts connections again, and when it did."""
    while True:
        try:
            connection = psycopg.connect(dsn, autocommit=True)
        except psycopg.OperationalError:
            sleep(LOOK_SECONDS)
            continue
        back = monotonic()
        with connection:
            return back, append(connection, [MARK])
