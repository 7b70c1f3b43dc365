"""Raw quotes and bars of a test, quotes dropped below a floor, and bars at risk."""

from pathlib import Path

import psycopg

from pgstrike.db.install.engine import installed_engine
from pgstrike.jobs.storage.retention import drop_days, seal, sessions_to_seal
from tests.support.quote_market import select

Rows = list[dict[str, object]]
RAW = {
    "option_quote": "symbol, expiry, strike, quote_time",
    "quote_dropout": "symbol, expiry, strike, quote_time, leg",
    "underlying_quote": "symbol, quote_time",
}


def raw(connection: psycopg.Connection, symbol: str = "NIFTY") -> dict[str, Rows]:
    return {
        name: select(
            connection,
            f"SELECT * FROM fo.{name} WHERE symbol = %s ORDER BY {key}",
            symbol,
        )
        for name, key in RAW.items()
    }


def bars(connection: psycopg.Connection) -> dict[str, Rows]:
    """Every bar of every rollup."""
    names = connection.execute("SELECT rollup FROM job.rollup").fetchall()
    return {
        name: sorted(select(connection, f"SELECT * FROM fo.{name}"), key=str)
        for (name,) in names
    }


def at_risk(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT symbol, session, rollup, problem FROM ops.bars_at_risk"
    ).fetchall()


def drop(
    connection: psycopg.Connection, folder: Path | None, symbol: str | None = None
) -> int:
    """Keep the newest session."""
    for each, session in sessions_to_seal(connection, 1, symbol):
        seal(connection, folder, each, session)
    return drop_days(connection)


def refresh_everything(connection: psycopg.Connection) -> None:
    """As somebody would by hand, without a thought of what was dropped."""
    rollups = connection.execute(
        "SELECT rollup, is_computed FROM job.rollup ORDER BY place"
    ).fetchall()
    for rollup, is_computed in rollups:
        if installed_engine(connection) == "timescaledb" and not is_computed:
            for force in ("false", "true"):
                connection.execute(
                    "CALL public.refresh_continuous_aggregate("
                    f"'fo.{rollup}', NULL, NULL, force => {force})".encode()
                )
        else:
            connection.execute(
                "SELECT ops.refresh_window(%s, 'NIFTY', '2025-08-01', '2025-10-01')",
                [rollup],
            )
