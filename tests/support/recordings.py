"""The recorded sessions in databases, and as the oracle computes them."""

import gzip
import io
import random
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql

from pgstrike.jobs.feed.files import open_feed
from pgstrike.jobs.ingest.ingest import store_feed
from pgstrike.jobs.ingest.tally import Tally
from pgstrike.jobs.settings import JobsSettings
from tests.support.feeds import oracle

LOTS = {"NIFTY": 75, "BANKNIFTY": 35}
CONTRACT = ["symbol", "expiry", "strike"]
SEED = 20250829


class Table(NamedTuple):
    """Where a table of the oracle's is found in the database, and by what key."""

    name: str
    relation: str
    key: list[str]


TABLES = {
    table.name: table
    for table in (
        Table("quotes", "fo.option_quote", ["quote_time", *CONTRACT]),
        Table("bars_1min", "fo.option_strike_bars_1min", ["bucket_time", *CONTRACT]),
        Table("bars_5min", "fo.option_strike_bars_5min", ["bucket_time", *CONTRACT]),
        Table("bars_15min", "fo.option_strike_bars_15min", ["bucket_time", *CONTRACT]),
        Table("bars_1h", "fo.option_strike_bars_1h", ["bucket_time", *CONTRACT]),
        Table("bars_1D", "fo.option_strike_bars_1d", ["bucket_time", *CONTRACT]),
        *(
            Table(
                f"moneyness_{width}",
                f"fo.moneyness_bars_{width.lower()}",
                ["bucket_time", "symbol", "expiry", "moneyness_level"],
            )
            for width in ("5min", "15min", "1h", "1D")
        ),
        *(
            Table(f"latest_{timeframe}", latest, CONTRACT)
            for timeframe in ("live", "1min", "5min", "15min")
            for latest in [f"fo.latest_snapshot WHERE timeframe = '{timeframe}'"]
        ),
    )
}


def recording(data: Path, symbol: str) -> Path:
    """The recorded file of a symbol."""
    return data / f"nse-{symbol.lower()}-2025-08-29.csv.gz"


def shuffled(recorded: Path, directory: Path) -> Path:
    """The file with its snapshots in another order, the same one each time."""
    header, *rows = gzip.decompress(recorded.read_bytes()).splitlines(True)
    snapshots: dict[bytes, list[bytes]] = defaultdict(list)
    for row in rows:
        snapshots[row.rsplit(b",", 1)[1]].append(row)
    order = list(snapshots)
    random.Random(SEED).shuffle(order)
    path = directory / "shuffled.csv"
    with path.open("wb") as file:
        file.write(header)
        for snapshot in order:
            file.writelines(snapshots[snapshot])
    return path


def ingest(dsn: str, path: Path, lot: int) -> Tally:
    """Store a file as `pgstrike ingest` does, refreshing meanwhile now and then."""
    settings = JobsSettings.from_env({})
    *_, tally = store_feed(dsn, settings, open_feed(str(path), lot), source=path.name)
    assert tally.rejected == {}
    return tally


def oracle_tables(path: Path, lot: int, vols: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All tables of a recorded file, computed without a database.

    Only the volatilities that the feed did not bring are those of `vols`: the oracle
    solves none.
    """
    rules = oracle()
    quotes = rules.build_quotes(rules.read_nse_csv(path, lot))
    return derived_tables(with_missing(quotes, vols))


def derived_tables(quotes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All tables that follow from the oracle's quotes."""
    rules = oracle()
    quotes = quotes.assign(expiry=pd.to_datetime(quotes.expiry).dt.date)
    live = rules.latest(quotes)
    tables = {"quotes": quotes, "latest_live": live}
    for width in ("5min", "15min", "1h", "1D"):
        tables[f"moneyness_{width}"] = rules.moneyness_bars(quotes, width)
    for width in ("1h", "1D"):
        tables[f"bars_{width}"] = rules.bars(quotes, width)
    for width in ("1min", "5min", "15min"):
        bars = rules.bars(quotes, width)
        newest = bars.sort_values("bucket_time").groupby(CONTRACT).tail(1)
        newest = newest.merge(live[CONTRACT], on=CONTRACT)
        tables[f"bars_{width}"] = bars
        tables[f"latest_{width}"] = newest.rename(columns={"bucket_time": "quote_time"})
    return tables


def with_missing(quotes: pd.DataFrame, vols: pd.DataFrame) -> pd.DataFrame:
    """The quotes, with the volatilities that are unknown taken from others, by key."""
    key = TABLES["quotes"].key
    quotes, vols = comparable(quotes, key), comparable(vols, key)
    both = quotes[key].merge(vols, on=key, how="left")
    for leg in ("call", "put"):
        quotes[f"{leg}_iv"] = quotes[f"{leg}_iv"].fillna(both[f"{leg}_iv"])
    return quotes


def expected_tables(data: Path, vols: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The oracle's tables of both recorded files together (see oracle_tables)."""
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        parts = [
            workers.submit(oracle_tables, recording(data, symbol), lot, vols)
            for symbol, lot in LOTS.items()
        ]
        both = [part.result() for part in parts]
    return {name: pd.concat([part[name] for part in both]) for name in both[0]}


def read_table(dsn: str, columns: str, relation: str) -> pd.DataFrame:
    """The rows of a relation; a time is an instant, a date its text."""
    text = io.BytesIO()
    with psycopg.connect(dsn) as connection:
        connection.execute("SET timezone = 'UTC'")
        select = (
            f"COPY (SELECT {columns} FROM {relation}) TO STDOUT (FORMAT csv, HEADER)"
        )
        with connection.cursor().copy(select.encode()) as copy:
            for chunk in copy:
                text.write(chunk)
    text.seek(0)
    return pd.read_csv(
        text,
        true_values=["t"],
        false_values=["f"],
        dtype={"expiry": str, "session": str, "day": str},
    )


def comparable(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The frame in the order of its key, with times and dates in one form."""
    frame = frame.copy()
    for name in frame.columns:
        if name.endswith("_time") and name != "expiry_time":
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        elif name in ("expiry", "session", "day"):
            frame[name] = frame[name].fillna("").astype(str)
    return frame.sort_values(key).reset_index(drop=True)


def differences(
    expected: pd.DataFrame, found: pd.DataFrame, key: list[str]
) -> list[str]:
    """The differences of two tables, a line for each column; figures to 1e-9."""
    expected, found = comparable(expected, key), comparable(found, key)
    for name in key:
        if len(expected) != len(found) or not (expected[name] == found[name]).all():
            left = expected[key].merge(found[key], how="outer", indicator="side")
            alone = left[left.side != "both"]
            return [f"{len(expected)} rows and {len(found)}; alone:\n{alone[:5]}"]
    said = []
    for name in expected.columns:
        differ = unlike(expected[name], found[name])
        if differ.any():
            rows = expected.loc[differ, key].assign(
                expected=expected[name], found=found[name]
            )
            said.append(f"{name} differs in {differ.sum()} rows:\n{rows[:5]}")
    return said


def unlike(expected: pd.Series, found: pd.Series) -> np.ndarray:
    """Where two columns differ; unknown is like unknown, and like nothing else."""
    unknown = expected.isna().to_numpy() & found.isna().to_numpy()
    if all(pd.api.types.is_numeric_dtype(side) for side in (expected, found)):
        left, right = (side.to_numpy(np.float64) for side in (expected, found))
        same = np.isclose(left, right, rtol=1e-9, atol=0)
    else:
        same = (expected == found).to_numpy(bool)
    return ~(same | unknown)


def fo_relations(dsn: str) -> list[str]:
    """Every relation of schema fo that a reader can name, save partitions."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'm', 'v')"
            " AND relnamespace = 'fo'::regnamespace AND NOT relispartition ORDER BY 1"
        )
        return [row[0] for row in found]


def written_rows(dsn: str) -> dict[str, str]:
    """For each table of ours: which versions of rows it holds.

    But for job.late_write: that somebody came to a past day is noted before it is known whether
    anything changes.
    """
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT relnamespace::regnamespace::text, relname FROM pg_catalog.pg_class"
            " WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace IN ('fo'::regnamespace, 'job'::regnamespace)"
            " AND relname <> 'late_write'"
        ).fetchall()
        return {
            ".".join(table): str(connection.execute(versions(table)).fetchone())
            for table in tables
        }


def versions(table: tuple[str, str]) -> sql.Composed:
    return sql.SQL(
        "SELECT count(*), md5(string_agg(concat_ws(' ', tableoid, ctid, xmin), ','"
        " ORDER BY tableoid, ctid)) FROM {}"
    ).format(sql.Identifier(*table))
