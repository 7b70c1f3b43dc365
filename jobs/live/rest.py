"""Requests of commands and tasks: they are neither recorded nor replayed."""

from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wire import LiveWire

secret = Secrets()


def open_rest() -> LiveWire:
    """A wire of their own, as a context manager."""
    return LiveWire(secret.hide)
