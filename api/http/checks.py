"""The checks of /health that only the api can make; the others are rows of ops.health."""

import asyncio
from time import monotonic

from pgstrike.api.events.event import Position
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.source import EventSource
from pgstrike.db.health import Check, judged

KEYS_SECONDS = 30.0
PATIENCE_SECONDS = 1.0  # a notification may be on its way


def reachable(failure: str | None) -> Check:
    return judged("database", failure, "see the log of the server")


def listening(source: EventSource) -> Check:
    """How long ago something came; the source asks for that every few seconds."""
    heard_at, bad_at = source.heard_at, 3 * source.probe_seconds
    age = None if heard_at is None else monotonic() - heard_at
    if source.alive():
        return Check("listener", "ok", age, bad_at, "seconds", "events arrive", None)
    return Check(
        "listener",
        "bad",
        age,
        bad_at,
        "seconds",
        "nothing comes, and the listener connects again by itself",
        "see the log, the NOTIFY queue, and that PGSTRIKE_DSN leads to no pooler; where "
        "the source is redis, that `pgstrike relay` runs",
    )


async def caught_up(hub: Hub, newest: Position) -> Check:
    """How many events of the log the hub lacks, also after a moment."""
    deadline = monotonic() + PATIENCE_SECONDS
    while True:
        at = hub.position
        is_same = at is not None and at.epoch == newest.epoch
        behind = max(newest.id - at.id, 0) if is_same and at is not None else newest.id
        if is_same and not behind:
            return Check(
                "events", "ok", 0, 0, "events", "readers have every event", None
            )
        if monotonic() >= deadline:
            break
        await asyncio.sleep(0.02)
    return Check(
        "events",
        "bad",
        behind,
        0,
        "events",
        f"readers have the events up to {at}, and the log has them up to {newest}",
        "see the log of the api",
    )


def fresh_keys(age_seconds: float) -> Check:
    is_stale = age_seconds > KEYS_SECONDS
    return Check(
        "keys",
        "bad" if is_stale else "ok",
        age_seconds,
        KEYS_SECONDS,
        "seconds",
        f"the keys were read {age_seconds:.0f} s ago"
        + (", so one that was revoked since is still in force" if is_stale else ""),
        "see the log of the api for why" if is_stale else None,
    )
