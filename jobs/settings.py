"""The settings of the jobs, read once from the environment."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from pgstrike.db.errors import SettingError
from pgstrike.db.settings import DatabaseSettings, number, whole
from pgstrike.jobs.sink_settings import SinkSettings

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
    # Quotes are compressed when so many later sessions began; 0: never.
    compress_sessions: int
    # Of each symbol; older sessions are archived and dropped; 0: none.
    keep_raw_sessions: int = 0
    archive_dir: Path | None = None
    sinks: SinkSettings = SinkSettings()

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "JobsSettings":
        days = whole(environ, "PGSTRIKE_HORIZON_DAYS", 30, least=1, most=36_500)
        database = DatabaseSettings.from_env(environ)
        return cls(
            database=database,
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
            keep_raw_sessions=keep_raw_sessions(environ, database),
            archive_dir=archive_dir(environ, database),
            sinks=SinkSettings.from_env(environ),
        )


def fed_iv(environ: Mapping[str, str]) -> str:
    """Whether the IV that a feed brings is used, or a SettingError that says so."""
    text = environ.get("PGSTRIKE_FED_IV") or FED_IV[0]
    if text not in FED_IV:
        raise SettingError(
            f"PGSTRIKE_FED_IV is {text!r}; set it to {' or '.join(FED_IV)}"
        )
    return text


def keep_raw_sessions(environ: Mapping[str, str], database: DatabaseSettings) -> int:
    """How many sessions of raw quotes stay, or a SettingError: the others need a folder."""
    found = whole(environ, "PGSTRIKE_KEEP_RAW_SESSIONS", 0, least=0, most=100_000)
    if found and archive_dir(environ, database) is None:
        raise SettingError(
            f"PGSTRIKE_KEEP_RAW_SESSIONS is {found}, and there is no folder for archives; "
            "set PGSTRIKE_ARCHIVE_DIR to one"
        )
    return found


def archive_dir(environ: Mapping[str, str], database: DatabaseSettings) -> Path | None:
    """The folder of archives; by default beside the data of the embedded server."""
    if text := environ.get("PGSTRIKE_ARCHIVE_DIR"):
        return Path(text).absolute()
    if database.dsn is not None:
        return None
    return database.data_dir.with_name(f"{database.data_dir.name}-archive")


def folder(environ: Mapping[str, str], name: str) -> Path | None:
    """A folder that is there, or a SettingError that says so."""
    text = environ.get(name)
    if not text:
        return None
    path = Path(text).absolute()
    if not path.is_dir():
        raise SettingError(f"{name} is {text!r}; set it to a folder that is there")
    return path
