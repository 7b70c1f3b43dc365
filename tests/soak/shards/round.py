"""A round: writers write, readers read, faults are done; then both servers judge."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from tests.soak.plan import Plan
from tests.soak.round import FAULT_SECONDS, Result, refresh
from tests.soak.service import Service
from tests.soak.shards.faults import Faults
from tests.soak.shards.readers import Reader
from tests.soak.shards.side import SYMBOLS, Side
from tests.soak.shards.verdict import judge, judge_log, judge_state
from tests.soak.wishes import Wish

BOTH = tuple(SYMBOLS.values())
# In turn. Raw, of all or some; and panels, with the events that are passed on.
WISHES = (
    Wish(),
    Wish(symbols=BOTH, fields=("call_ltp", "put_oi"), interval=0, topics=("ops",)),
    Wish(symbols=BOTH),
    Wish(symbols=BOTH, fields=("call_iv",), strikes="atm:1", interval=50, topics=("ops",)),
    Wish(symbols=BOTH[:1]),
    Wish(symbols=BOTH[1:]),
)  # fmt: skip


@dataclass
class Round:
    """Two servers, an api of both, readers, writers and faults."""

    plan: Plan
    sides: list[Side]
    service: Service
    result: Result

    def __post_init__(self) -> None:
        self.moved = asyncio.Event()  # a reader was told something
        self.readers = [self._reader(n) for n in range(self.plan.subscribers)]
        self.doing = "starting"

    def _reader(self, number: int) -> Reader:
        wish = WISHES[number % len(WISHES)]
        named = [side for side in self.sides if side.symbol in wish.symbols]
        chance = self.plan.chance(f"reader/{number}")
        return Reader(
            number, wish, chance, self.service, named or self.sides, self.moved
        )

    async def run(self) -> None:
        await self.service.start()
        writing = [asyncio.create_task(side.write()) for side in self.sides]
        reading = [asyncio.create_task(each.run()) for each in self.readers]
        try:
            await self._do_faults()
            for task in writing:
                task.cancel()
            await asyncio.gather(*writing, return_exceptions=True)
            self.doing = "waiting for everybody to be told the rest"
            for side in self.sides:
                await asyncio.to_thread(refresh, side.dsn)
            ends = await self._settle()
            await self.service.stop()
            await asyncio.to_thread(self._judge, ends)
        finally:
            for task in (*writing, *reading):
                task.cancel()
            await asyncio.gather(*writing, *reading, return_exceptions=True)
            await self.service.close()

    async def _do_faults(self) -> None:
        chance = self.plan.chance("shards")
        kinds = Faults(self.service, self.sides, chance).kinds()
        names = [*kinds]
        drawn = (
            chance.sample(names, len(names))
            if self.plan.one_of_each
            else chance.choices(names, k=self.plan.faults)
        )
        await self._settle()
        for kind in drawn:
            self.doing = f"doing {kind}"
            async with asyncio.timeout(FAULT_SECONDS):
                await kinds[kind]()
            began = monotonic()
            await self._settle()
            self.result.faults[kind] += 1
            if kind.endswith("crash"):
                self.result.caught_up.append(monotonic() - began)

    async def _settle(self) -> dict[str, int]:
        """Return once every reader stands at or after a new event of each of its servers."""
        marks = {side.name: await asyncio.to_thread(side.mark) for side in self.sides}
        async with asyncio.timeout(FAULT_SECONDS):
            while not all(self._has(reader, marks) for reader in self.readers):
                self.moved.clear()
                await self.moved.wait()
        return marks

    def _has(self, reader: Reader, marks: dict[str, int]) -> bool:
        stands = reader.stands()
        return all(
            stands.get(side.epoch, -1) >= marks[side.name] for side in reader.sides
        )

    def _judge(self, ends: dict[str, int]) -> None:
        logs = {side.name: side.log() for side in self.sides}
        result, tally = self.result, self.result.tally
        for side in self.sides:
            tally.add(judge_log(side, logs[side.name]), side.name)
        for reader in self.readers:
            tally.add(judge(reader, logs, ends), str(reader))
            if reader.wish.is_panel:
                tally.add(judge_state(reader), str(reader))
            result.deliveries += sum(map(len, reader.told.values()))
            result.connections += reader.connections
            result.resets += len(reader.resets)
        for line in self.service.failures():
            tally.count("wrong", f"the server logged: {line}")
        result.events = sum(map(len, logs.values()))
        result.mutations = sum(len(side.written) for side in self.sides)
        result.retried = sum(side.cut for side in self.sides)
