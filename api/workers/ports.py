"""Listening on the port of the settings."""

from pgstrike.db.errors import SettingError

BACKLOG = 1024  # connections that may wait while all clients reconnect


def cannot_listen(host: str, port: int, error: OSError) -> SettingError:
    return SettingError(
        f"cannot listen on {host}:{port} ({error.strerror or error}); "
        "set PGSTRIKE_API_HOST and PGSTRIKE_API_PORT"
    )
