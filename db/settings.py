"""How to reach the database, read from the environment once."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pgstrike.db.errors import SettingError
from pgstrike.db.options import parse
from pgstrike.db.paths import IS_CHECKOUT, ROOT, ROOT_PLACE

# Settings by their old and new names, without PGSTRIKE_.
RENAMED = {
    "RATE": "INTEREST_RATE",
    "INTERVAL_LEAST_MS": "MIN_INTERVAL_MS",
    "STREAMS": "MAX_STREAMS",
    "KEY_STREAMS": "MAX_STREAMS_PER_KEY",
    "LISTENERS": "MAX_LISTENERS",
}


class DatabaseSettings(NamedTuple):
    """What every process needs to connect."""

    dsn: str | None  # None: the embedded server in data_dir
    data_dir: Path
    engine: str | None  # None: chosen from what the server offers
    pool_size: int

    def __repr__(self) -> str:
        return "<the settings of the database>"  # a password in the DSN is for no log

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "DatabaseSettings":
        refuse_old_names(environ)
        engine = environ.get("PGSTRIKE_ENGINE") or None
        if engine not in (None, "postgres", "timescaledb"):
            raise SettingError(
                f"PGSTRIKE_ENGINE is {engine!r}; set it to postgres or timescaledb, "
                "or leave it unset"
            )
        return cls(
            dsn=environ.get("PGSTRIKE_DSN") or None,
            data_dir=data_dir(environ),
            engine=engine,
            pool_size=whole(environ, "PGSTRIKE_POOL_SIZE", 4, least=1, most=1000),
        )


class LogSettings(NamedTuple):
    """How every process logs."""

    form: str  # text or json
    repeat_seconds: float  # of lines of one kind, the api logs one in so long; 0: each

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "LogSettings":
        form = environ.get("PGSTRIKE_LOG") or "text"
        if form not in ("text", "json"):
            raise SettingError(f"PGSTRIKE_LOG is {form[:80]!r}; set it to text or json")
        name = "PGSTRIKE_LOG_REPEAT_SECONDS"
        return cls(form, number(environ, name, 60, least=0, most=86_400))


def refuse_old_names(environ: Mapping[str, str]) -> None:
    """A setting that is ignored without a word would be a wrong figure later."""
    for old, new in RENAMED.items():
        if f"PGSTRIKE_{old}" in environ:
            raise SettingError(
                f"PGSTRIKE_{old} is now PGSTRIKE_{new}; set that instead"
            )


def data_dir(environ: Mapping[str, str]) -> Path:
    text = environ.get("PGSTRIKE_DATA_DIR")
    if not text:
        return default_data_dir()
    path = Path(text).absolute()
    if not path.name:
        raise SettingError(
            f"PGSTRIKE_DATA_DIR is {text}; set it to a directory of its own"
        )
    return path


def default_data_dir() -> Path:
    """`.pgstrike` in a checkout, else ~/.local/share/pgstrike.

    For root it is a place that the server's user may enter.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        digest = hashlib.sha256(bytes(ROOT)).hexdigest()[:8]
        return ROOT_PLACE / digest
    if IS_CHECKOUT:
        return ROOT / ".pgstrike"
    shared = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(shared) / "pgstrike"


def whole(
    environ: Mapping[str, str], name: str, default: int, *, least: int, most: int
) -> int:
    """A whole number within its bounds, or a SettingError that says so."""
    return int(number(environ, name, default, least=least, most=most, whole=True))


def number(
    environ: Mapping[str, str],
    name: str,
    default: float,
    *,
    least: float,
    most: float,
    whole: bool = False,
) -> float:
    """A number within its bounds, or a SettingError that says so."""
    text = environ.get(name)
    if not text:
        return default
    try:
        return parse(text, least=least, most=most, whole=whole)
    except ValueError as error:
        shown = text.strip() if len(text) < 40 else f"{text[:40].strip()}..."
        raise SettingError(f"{name} is {shown!r}; set it to {error}") from None
