"""The world as it is: installed plug-ins, wires to the sources, secrets of the environment."""

from pathlib import Path

from pgstrike.jobs.live.connection import Outside
from pgstrike.jobs.live.plugins import plugin_of
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import live_wires, replay_wires


def real_outside(record: Path | None = None) -> Outside:
    """With a folder, what comes over the wires is kept there."""
    secrets = Secrets()
    return Outside(plugin_of, live_wires(secrets, record), secrets)


def played_outside(folder: Path, speed: float) -> Outside:
    """With recordings instead of sources. No secret is read: nothing is asked with it."""
    return Outside(plugin_of, replay_wires(folder, speed), lambda _: "", is_played=True)
