"""The world outside: installed plug-ins, wires to the sources, secrets of the environment."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pgstrike.jobs.live.plugins import MakeFeed, plugin_of
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import OpenWire, live_wires, replay_wires


class Outside(NamedTuple):
    """What is not ours: plug-ins by kind, the way to the source, and secrets."""

    plugin_of: Callable[[str], MakeFeed]
    open_wire: OpenWire  # by the name of a feed
    secret: Callable[[str], str]
    is_played: bool = False  # the wires play recordings


def real_outside(record: Path | None = None) -> Outside:
    """With a folder, what comes over the wires is kept there."""
    secrets = Secrets()
    return Outside(plugin_of, live_wires(secrets, record), secrets)


def played_outside(folder: Path, speed: float) -> Outside:
    """With recordings instead of sources. No secret is read: nothing is asked with it."""
    return Outside(plugin_of, replay_wires(folder, speed), lambda _: "", is_played=True)
