"""A round: writers write, readers read, faults are done; then Postgres says what is right."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import psycopg

from pgstrike.jobs.refresh.refresh import refresh_all
from tests.soak.client_readers import ClientPanel, ClientRaw
from tests.soak.faults import Faults
from tests.soak.plan import Plan
from tests.soak.readers import PanelReader, RawReader, Reader
from tests.soak.schedule import Schedule
from tests.soak.service import Service
from tests.soak.subscriber import Subscriber
from tests.soak.topologies.topology import Topology
from tests.soak.verdict import REASONS, Tally, judge, judge_log, judge_panel
from tests.soak.wishes import Logged, Wish
from tests.soak.writers import Writer, size_of
from tests.support.panel_oracle import expected

LEEWAY = 12  # mutations that are written while a fault is done and got over
FAULT_SECONDS = 60  # more, and it was not got over
LOG = """
    SELECT id, topic, symbol, expiry::text, payload::text FROM fo.event ORDER BY id
"""
EPOCH = "SELECT ops.epoch()"
QUOTES = "SELECT quote_time, count(*) FROM fo.option_quote GROUP BY quote_time"


@dataclass
class Result:
    """What a round came to."""

    seed: int
    engine: str
    faults: Counter[str] = field(default_factory=Counter)
    subscribers: int = 0
    mutations: int = 0
    events: int = 0
    deliveries: int = 0
    connections: int = 0
    resets: int = 0
    unfrozen_resets: int = 0  # of readers that read all the time: the machine is slow
    retried: int = 0  # mutations that a fault cut
    seconds: float = 0.0
    caught_up: list[float] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    server_log: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "tally": vars(self.tally)}


class Round:
    """A database, a service, readers, writers and faults."""

    def __init__(self, plan: Plan, topology: Topology) -> None:
        self.plan = plan
        self.topology = topology
        self.dsn = topology.dsn
        self.service = Service(topology.environ, topology.workers)
        self.schedule = Schedule(plan.draw_mutations(), 0)
        self.subscribers = [
            make(number, wish, str(plan.seed), self.service)
            for number, wish in enumerate(plan.draw_wishes())
        ]
        self.writers = [
            Writer(f"writer {number}", topology.dsn, self.schedule)
            for number in range(plan.writers)
        ]
        self.faults = Faults(topology, self.service, self.subscribers, self.writers)
        self.doing = "starting"
        self.broken: list[Exception] = []  # what subscribers died of

    async def run(self) -> None:
        """Return once everybody has been told everything, or raise."""
        await self.service.start()
        reading = [asyncio.create_task(each.run()) for each in self.subscribers]
        try:
            for writer in self.writers:
                writer.start()
            await self._do_faults()
            await self._settle(reading)
            await self.service.stop()
        finally:
            self.schedule.stop()
            for task in reading:
                task.cancel()
            ends = await asyncio.gather(*reading, return_exceptions=True)
            self.broken = [end for end in ends if isinstance(end, Exception)]
            for writer in self.writers:
                await asyncio.to_thread(writer.join)
            await self.service.close()

    async def _do_faults(self) -> None:
        topology = self.topology
        drawn = self.plan.draw_faults(topology.workers, topology.weights)
        for number, fault in enumerate(drawn):
            self.schedule.allow(fault.after + LEEWAY)
            await self.schedule.reached(fault.after)
            self.doing = f"doing fault {number} ({fault.kind})"
            async with asyncio.timeout(FAULT_SECONDS):
                await self.faults.do(fault)
        self.doing = "writing the rest"
        self.schedule.allow(self.plan.mutations)
        await self.schedule.reached(self.plan.mutations)

    async def _settle(self, reading: "list[asyncio.Task[None]]") -> None:
        self.doing = "waiting for everybody to be told the rest"
        await asyncio.to_thread(refresh, self.dsn)
        final = await self.faults.mark()
        pairs = zip(self.subscribers, reading, strict=True)
        async with asyncio.timeout(FAULT_SECONDS):
            await asyncio.gather(*(each.settle(final, task) for each, task in pairs))

    def standing(self) -> str:
        """Who is behind whom, for a round that does not come to its end."""
        places = sorted((each.upto, str(each)) for each in self.subscribers)
        return (
            f"{places[0][1]} stands at {places[0][0]}, the others up to {places[-1][0]}, "
            f"while {self.doing}; the server's last words: {self.service.lines[-2:]}"
            f"{''.join(f'; a subscriber died: {each!r}' for each in self.broken[:1])}"
        )

    def judge(self) -> tuple[Tally, list[Logged]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("SET timezone = 'UTC'")
            [(epoch,)] = connection.execute(EPOCH).fetchall()
            log = [Logged(*row) for row in connection.execute(LOG)]
            tally = judge_log(log, self._left(connection, log))
            by_id = {event.id: event for event in log}
            for each in self.subscribers:
                found = judge(
                    each.journal,
                    by_id,
                    {epoch, *self.topology.epochs},
                    each.wish.wants,
                    REASONS | self.topology.reasons,
                )
                tally.add(found, str(each))
                if each.complaint:
                    tally.count("wrong", f"{each} {each.complaint}")
                if isinstance(each, PanelReader | ClientPanel):
                    tally.add(judge_rows(connection, each), str(each))
        for line in self.service.failures():
            tally.count("wrong", f"the server logged: {line}")
        return tally, log

    def _left(
        self, connection: psycopg.Connection, log: list[Logged]
    ) -> dict[str, tuple[int, int]]:
        """How many quotes and events of each mutation there are, and how many it has."""
        quotes = dict(connection.execute(QUOTES).fetchall())
        tags = Counter(tag_of(event) for event in log)
        left = {}
        for mutation in self.schedule.mutations:
            found = tags[mutation.tag()] if mutation.has_events else 0
            found += quotes.get(mutation.time(), 0) if mutation.has_quotes else 0
            kept = size_of(mutation) if mutation.is_kept else 0
            left[f"mutation {mutation.number} ({mutation.kind})"] = (found, kept)
        return left


def tag_of(event: Logged) -> str:
    """Of the mutation that has appended it."""
    tag, _, _ = json.loads(event.payload).get("tag", "").rpartition("/")
    return tag


def judge_rows(
    connection: psycopg.Connection, panel: PanelReader | ClientPanel
) -> Tally:
    held = panel.held.rows if isinstance(panel, PanelReader) else panel.rows
    says = {}
    for symbol in panel.wish.symbols:
        says.update(expected(connection, symbol, panel.wish))
    return judge_panel(held, says)


def make(number: int, wish: Wish, seed: str, service: Service) -> Subscriber:
    kinds: dict[tuple[bool, bool], type[Subscriber]] = {
        (False, False): RawReader,
        (True, False): PanelReader,
        (False, True): ClientRaw,
        (True, True): ClientPanel,
    }
    return kinds[wish.is_panel, wish.through_client](number, wish, seed, service)


def refresh(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        refresh_all(connection)


async def play(plan: Plan, topology: Topology, engine: str) -> Result:
    """Play a round."""
    began = monotonic()
    played = Round(plan, topology)
    result = Result(plan.seed, engine, subscribers=plan.subscribers)
    result.mutations = plan.mutations
    try:
        await played.run()
    except Exception as error:
        result.tally.count("wrong", f"{error!r}: {played.standing()}")
    if not result.tally:
        result.tally, log = await asyncio.to_thread(played.judge)
        result.events = len(log)
    result.server_log = played.service.lines if result.tally else []
    count(result, played)
    result.seconds = monotonic() - began
    return result


def count(result: Result, played: Round) -> None:
    """What was done, and what came of it."""
    result.faults, result.caught_up = played.faults.done, played.faults.caught_up
    result.retried = sum(writer.retried for writer in played.writers)
    for each in played.subscribers:
        result.deliveries += each.journal.delivered
        result.connections += each.connections
        result.resets += len(each.journal.resets)
        if not (isinstance(each, Reader) and each.was_frozen):
            result.unfrozen_resets += len(each.journal.resets)
