"""How to reach the database, read from the environment once."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from db.errors import SettingError
from db.paths import ROOT, ROOT_PLACE


class DatabaseSettings(NamedTuple):
    """What every process needs to connect."""

    dsn: str | None  # None: the embedded server in data_dir
    data_dir: Path
    engine: str | None  # None: chosen from what the server offers
    pool_size: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "DatabaseSettings":
        engine = environ.get("PGSTRIKE_ENGINE") or None
        if engine not in (None, "postgres", "timescaledb"):
            raise SettingError(
                f"PGSTRIKE_ENGINE is {engine!r}; set it to postgres or timescaledb, "
                "or leave it unset"
            )
        return cls(
            dsn=environ.get("PGSTRIKE_DSN") or None,
            data_dir=Path(environ.get("PGSTRIKE_DATA_DIR") or default_data_dir()),
            engine=engine,
            pool_size=whole(environ, "PGSTRIKE_POOL_SIZE", 4, least=1),
        )


def default_data_dir() -> Path:
    """`.pgstrike` in the checkout; for root a place that its server's user may enter."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        digest = hashlib.sha256(bytes(ROOT)).hexdigest()[:8]
        return ROOT_PLACE / digest
    return ROOT / ".pgstrike"


def whole(environ: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    """A whole number of at least `least`, or a SettingError that says so."""
    return int(number(environ, name, default, least=least, whole=True))


def number(
    environ: Mapping[str, str],
    name: str,
    default: float,
    *,
    least: float,
    whole: bool = False,
) -> float:
    """A finite number of at least `least`, or a SettingError that says so."""
    text = environ.get(name)
    if not text:
        return default
    kind = "a whole number" if whole else "a number"
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        raise SettingError(f"{name} is {text!r}; set it to {kind}") from None
    if not least <= value < float("inf"):
        raise SettingError(f"{name} is {text}; set it to {kind} of at least {least:g}")
    return value
