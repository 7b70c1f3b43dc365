"""Feeds whose recordings are played, to their end, into the database."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.outside import played_outside
from pgstrike.jobs.live.pace import played
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.live.replay_wire import ReplayWire
from pgstrike.jobs.live.runner import drive
from pgstrike.jobs.settings import JobsSettings


def replay_feeds(
    dsn: str,
    settings: JobsSettings,
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
    speed: float,
    grid: float,
) -> None:
    """Store all snapshots that the recordings of these feeds give, on a grid of seconds.

    FeedError where one is on, has no recording, or cannot be stored whole.
    """
    outside = played_outside(folder, speed)
    for row in rows:
        name = row["name"]
        if row["is_on"]:
            raise FeedError(
                f"the feed {name} is on; stop it by `pgstrike feed stop {name}` first"
            )
        outside.plugin_of(row["kind"])(
            Asked(name, row["symbols"], row["options"], outside.secret)
        )
        ReplayWire(folder / name)
    drive(dsn, settings, outside, played(grid), [row["name"] for row in rows])
