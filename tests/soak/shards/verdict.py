"""The verdict on one reader: what it was told of each server, held against that server."""

from collections import Counter
from itertools import pairwise

import psycopg

from tests.soak.shards.readers import Reader
from tests.soak.shards.side import Side
from tests.soak.verdict import Tally, judge_panel
from tests.soak.wishes import Logged
from tests.support.panel_oracle import expected

REASONS = {"too_slow"}  # the logs lose nothing, so no other reset is due


def judge(reader: Reader, logs: dict[str, list[Logged]], ends: dict[str, int]) -> Tally:
    """Hold a reader against the logs, up to the events that it was waited for."""
    tally = Tally()
    for side in reader.sides:
        begun = reader.begun.get(side.epoch)
        if begun is None:
            words = f"{reader} was never told where {side.name} stood"
            tally.count("wrong", words)
            continue
        due = [
            event.id
            for event in logs[side.name]
            if begun < event.id <= ends[side.name] and reader.wants(side, event)
        ]
        told = reader.told.get(side.epoch, [])
        compare(tally, f"{reader}, events of {side.name}", told, due)
    for reason in reader.resets:
        if reason not in REASONS:
            tally.count("wrong", f"{reader} was reset: {reason}")
    if reader.complaint:
        tally.count("wrong", f"{reader} {reader.complaint}")
    return tally


def compare(tally: Tally, where: str, told: list[int], due: list[int]) -> None:
    for id in sorted({*due} - {*told}):
        tally.count("lost", f"{where}: {id} was not told")
    for id, times in Counter(told).items():
        if times > 1:
            tally.count("twice", f"{where}: {id} was told {times} times")
    for before, after in pairwise(told):
        if after < before:
            tally.count("disordered", f"{where}: {after} came after {before}")


def judge_state(reader: Reader) -> Tally:
    """Hold the chains of a panel against the SQL of the server of each."""
    says = {}
    for side in reader.sides:
        with psycopg.connect(side.dsn, autocommit=True) as connection:
            says.update(expected(connection, side.symbol, reader.wish))
    return judge_panel(reader.held.rows, says)


def judge_log(side: Side, log: list[Logged]) -> Tally:
    tally = Tally()
    for id in sorted(side.written - {event.id for event in log}):
        tally.count("wrong", f"{side.name} has lost {id}, which was committed")
    return tally
