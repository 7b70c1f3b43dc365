"""The settings of the jobs, read once from the environment."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from pgstrike.db.errors import SettingError
from pgstrike.db.settings import DatabaseSettings, number, whole

FED_IV = ("use", "ignore")


class JobsSettings(NamedTuple):
    """Settings of every command of `pgstrike`."""

    database: DatabaseSettings
    rate: float  # continuously compounded, per year
    horizon: timedelta  # quotes older than this by the market clock are rejected
    pricing_seconds: float  # of market time: no contract is solved twice within it
    fed_iv: str  # of FED_IV: whether the IV that a feed brings is used
    store_connections: int  # that store the symbols of a feed side by side
    rollup_seconds: float
    snapshot_seconds: float
    reader_seconds: float  # a reader's transaction that is older is ended
    max_tasks: int  # at once, by one `pgstrike run`
    ingest_dir: Path | None  # of the files that a task may ingest; None: no task may
    export_dir: Path | None  # where tasks export to; None: no task does
    compress_sessions: (
        int  # quotes are compressed when so many later ones began; 0: never
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "JobsSettings":
        days = whole(environ, "PGSTRIKE_HORIZON_DAYS", 30, least=1, most=36_500)
        return cls(
            database=DatabaseSettings.from_env(environ),
            rate=number(environ, "PGSTRIKE_INTEREST_RATE", 0.065, least=-1, most=1),
            horizon=timedelta(days=days),
            pricing_seconds=number(
                environ, "PGSTRIKE_PRICING_SECONDS", 1, least=0, most=86_400
            ),
            fed_iv=fed_iv(environ),
            store_connections=whole(
                environ, "PGSTRIKE_STORE_CONNECTIONS", 2, least=1, most=16
            ),
            rollup_seconds=number(
                environ, "PGSTRIKE_ROLLUP_SECONDS", 1, least=0.05, most=3600
            ),
            snapshot_seconds=number(
                environ, "PGSTRIKE_SNAPSHOT_SECONDS", 1, least=0.05, most=3600
            ),
            reader_seconds=number(
                environ, "PGSTRIKE_READER_SECONDS", 60, least=1, most=86_400
            ),
            max_tasks=whole(environ, "PGSTRIKE_MAX_TASKS", 2, least=0, most=100),
            ingest_dir=folder(environ, "PGSTRIKE_INGEST_DIR"),
            export_dir=folder(environ, "PGSTRIKE_EXPORT_DIR"),
            compress_sessions=whole(
                environ, "PGSTRIKE_COMPRESS_AFTER_SESSIONS", 1, least=0, most=10_000
            ),
        )


def fed_iv(environ: Mapping[str, str]) -> str:
    """Whether the IV that a feed brings is used, or a SettingError that says so."""
    text = environ.get("PGSTRIKE_FED_IV") or FED_IV[0]
    if text not in FED_IV:
        raise SettingError(
            f"PGSTRIKE_FED_IV is {text!r}; set it to {' or '.join(FED_IV)}"
        )
    return text


def folder(environ: Mapping[str, str], name: str) -> Path | None:
    """A folder that is there, or a SettingError that says so."""
    text = environ.get(name)
    if not text:
        return None
    path = Path(text).absolute()
    if not path.is_dir():
        raise SettingError(f"{name} is {text!r}; set it to a folder that is there")
    return path
