"""The mutants of the product, in a file for each room."""

from tests.mutants.catalog import (
    access,
    chains,
    db,
    events,
    ingest,
    live,
    pricing,
    refresh,
    schedule,
    server,
    sql,
    streams,
    tasks,
)

ROOMS = (
    access,
    chains,
    db,
    events,
    ingest,
    live,
    pricing,
    refresh,
    schedule,
    server,
    sql,
    streams,
    tasks,
)
MUTANTS = [mutant for room in ROOMS for mutant in room.MUTANTS]
