"""The recorded sessions, from file to snapshot, come out as the oracle computes them.

Each engine takes both files twice: as they were recorded, and with their snapshots
shuffled, so that almost every quote is a late one. Refreshes go on meanwhile. The second
takes minutes, so it is for `make attack`; each run stores the shuffled days of
tests/path/test_bad_days.py on plain Postgres.
"""

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest

from pgstrike.db.install.render import Engine
from pgstrike.db.paths import SQL
from tests.conftest import ENGINES, Cluster
from tests.path.conftest import ORDERS, Loaded
from tests.support.engines import WANTED
from tests.support.hidden_market import login
from tests.support.recordings import (
    CONTRACT,
    LOTS,
    TABLES,
    differences,
    expected_tables,
    fo_relations,
    ingest,
    read_table,
    recording,
    written_rows,
)

ANALYSES = sorted((SQL / "analysis").glob("*.sql"))

# What the oracle's own page says that it finds.
COUNTS = {
    "NIFTY": (
        *(239_131, 232_998, 54_239, 19_098, 5_348, 764),
        *(54_453, 19_341, 5_546, 843, 764),
    ),
    "BANKNIFTY": (
        *(133_302, 129_843, 30_306, 10_682, 2_995, 428),
        *(30_893, 11_231, 3_425, 585, 428),
    ),
}
COUNTED = (
    "quotes",
    "bars_1min",
    "bars_5min",
    "bars_15min",
    "bars_1h",
    "bars_1D",
    "moneyness_5min",
    "moneyness_15min",
    "moneyness_1h",
    "moneyness_1D",
    "latest_live",
)
# Of BANKNIFTY only the volumes were doubted; what they said is kept in the same place.
DROPOUTS = {("NIFTY", "call"): 1, ("NIFTY", "put"): 1, ("BANKNIFTY", "call"): 2}

# A refresh is announced whenever there was one, so only the chain's events are comparable.
CHAIN_EVENTS = """
    row_number() OVER (ORDER BY id) AS id, symbol, expiry,
    payload::jsonb - '{id,epoch}'::text[] AS payload
"""
OF_THE_MOMENT = {"event", "snapshot_version", "market_commit"}


@pytest.fixture(scope="module")
def expected(data: Path, loaded: Loaded) -> dict[str, pd.DataFrame]:
    """The oracle's tables of both files; what was solved is taken from one database."""
    dsn = loaded("postgres", "in_order")
    assert dsn is not None
    key = ", ".join(TABLES["quotes"].key)
    solved = ", ".join(
        f"CASE WHEN {leg}_iv_status <> 'feed' THEN {leg}_iv END AS {leg}_iv"
        for leg in ("call", "put")
    )
    return expected_tables(data, read_table(dsn, f"{key}, {solved}", "fo.option_quote"))


def marked(engine: Engine, order: str) -> Any:
    marks = [pytest.mark.long] if order == "shuffled" else []
    return pytest.param(f"{engine}-{order}", marks=marks)


@pytest.fixture(
    params=[marked(engine, order) for engine in ENGINES for order in ORDERS]
)
def parity_dsn(request: pytest.FixtureRequest, loaded: Loaded) -> str:
    """A database with both files, on each engine, loaded in each order."""
    engine, order = request.param.split("-")
    dsn = loaded(engine, order)
    if dsn is None:
        pytest.skip(f"engine {engine} is not here: {WANTED}")
    return dsn


@pytest.mark.parametrize("name", TABLES)
def test_table_equals_oracle(
    parity_dsn: str, expected: dict[str, pd.DataFrame], name: str
) -> None:
    """Every quote, bar, moneyness bar and newest row, to 1e-9, unknown as unknown."""
    wanted = expected[name]
    found = read_table(parity_dsn, ", ".join(wanted.columns), TABLES[name].relation)
    assert differences(wanted, found, TABLES[name].key) == []


@pytest.mark.parametrize("symbol", LOTS)
def test_counts_are_those_of_the_oracles_page(parity_dsn: str, symbol: str) -> None:
    """So that an oracle which finds nothing does not agree with a database of nothing."""
    with psycopg.connect(parity_dsn) as connection:
        counted = [
            connection.execute(
                f"SELECT count(*) FROM (SELECT * FROM {TABLES[name].relation}) AS found"
                f" WHERE symbol = '{symbol}'".encode()
            ).fetchone()
            for name in COUNTED
        ]
        dropouts = connection.execute(
            "SELECT symbol, leg, count(*) FROM fo.quote_dropout WHERE symbol = %s"
            " GROUP BY symbol, leg",
            [symbol],
        ).fetchall()
    assert tuple(row[0] for row in counted if row) == COUNTS[symbol]
    assert {(of, leg): count for of, leg, count in dropouts} == {
        key: count for key, count in DROPOUTS.items() if key[0] == symbol
    }


@pytest.mark.parametrize("leg", ["call", "put"])
def test_volumes_of_bars_add_up_to_the_day(
    parity_dsn: str, expected: dict[str, pd.DataFrame], leg: str
) -> None:
    """Exactly the last cumulative volume that the session's feed said, contract by contract."""
    name, quotes = f"{leg}_volume", expected["quotes"]
    reached = (
        quotes[quotes.in_session].sort_values("quote_time").groupby(CONTRACT)[name]
    )
    bars = read_table(
        parity_dsn,
        f"symbol, expiry, strike, sum({name})::bigint AS {name}",
        "fo.option_strike_bars_5min GROUP BY symbol, expiry, strike",
    )
    assert differences(reached.last().reset_index(), bars, CONTRACT) == []


def test_ingest_again_changes_nothing(parity_dsn: str, data: Path) -> None:
    """No row is written, no event appended, and every quote is counted as unchanged."""
    before = written_rows(parity_dsn)
    again = ingest(parity_dsn, recording(data, "BANKNIFTY"), LOTS["BANKNIFTY"])
    assert written_rows(parity_dsn) == before
    assert again.counts == Counter(unchanged=COUNTS["BANKNIFTY"][0])


def test_ingest_leaves_nothing_to_refresh(parity_dsn: str) -> None:
    """No bucket is stale, and the snapshot shows the newest event there is."""
    with psycopg.connect(parity_dsn) as connection:
        stale = connection.execute("SELECT count(*) FROM job.stale_bucket").fetchone()
        due = connection.execute("SELECT ops.refresh_is_due()").fetchone()
    assert (stale, due) == ((0,), (False,))


@pytest.mark.parametrize(
    "order", ["in_order", pytest.param("shuffled", marks=pytest.mark.long)]
)
def test_engines_hold_the_same(loaded: Loaded, order: str) -> None:
    """Every relation of schema fo, column by column, on one engine as on the other."""
    here, there = (loaded(engine, order) for engine in ENGINES)
    if here is None or there is None:
        pytest.skip(f"one engine only: {WANTED}")
    assert fo_relations(here) == fo_relations(there)
    for relation in set(fo_relations(here)) - OF_THE_MOMENT:
        assert unlike_tables(here, there, "*", f"fo.{relation}") == [], relation
    chain = "fo.event WHERE topic = 'chain'"
    assert unlike_tables(here, there, CHAIN_EVENTS, chain) == []


@pytest.mark.long
def test_order_of_the_quotes_does_not_matter(loaded: Loaded) -> None:
    """Every relation of schema fo but the events, also what no oracle computes.

    On one engine: the other one holds the same, by the test above.
    """
    here, there = (loaded("postgres", order) for order in ORDERS)
    assert here is not None and there is not None
    for relation in set(fo_relations(here)) - OF_THE_MOMENT:
        assert unlike_tables(here, there, "*", f"fo.{relation}") == [], relation


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
@pytest.mark.parametrize("engine", ENGINES)
def test_analysis_answers(
    clusters: dict[Engine, Cluster | None], loaded: Loaded, engine: Engine, path: Path
) -> None:
    """Each of the worked analyses runs with `psql -f`, and every query of it finds rows.

    A login that may read this symbol alone is answered the same as the owner.
    """
    dsn, cluster = loaded(engine, "in_order"), clusters[engine]
    if dsn is None or cluster is None:
        pytest.skip(f"engine {engine} is not here: {WANTED}")
    done = psql(cluster, dsn, "-v", "symbol=NIFTY", "-f", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    found = re.findall(r"^\((\d+) rows?\)$", done.stdout, re.MULTILINE)
    assert found and all(int(rows) > 0 for rows in found), done.stdout
    with login([dsn], f"desk_{path.stem}", {"symbols": ["NIFTY"]}) as name:
        desk = f"{dsn} user={name}"
        theirs = psql(cluster, desk, "-v", "symbol=NIFTY", "-f", str(path))
    assert (theirs.stdout, theirs.stderr) == (done.stdout, "")


def test_there_are_a_dozen_analyses() -> None:
    assert len(ANALYSES) >= 12
    for path in ANALYSES:
        assert f"-- psql -f sql/analysis/{path.name}" in path.read_text(), path.name


@pytest.mark.parametrize("engine", ENGINES)
def test_each_word_of_the_welcome_answers(
    clusters: dict[Engine, Cluster | None], loaded: Loaded, engine: Engine
) -> None:
    dsn, cluster = loaded(engine, "in_order"), clusters[engine]
    if dsn is None or cluster is None:
        pytest.skip(f"engine {engine} is not here: {WANTED}")
    welcome = SQL / "analysis" / "welcome.psql"
    words = re.findall(r"^\\echo '  :(\w+) ", welcome.read_text(), re.MULTILINE)
    assert len(words) == 10
    asked = "".join(f":{word}\n" for word in words)
    done = psql(cluster, dsn, "-f", str(welcome), "-f", "-", asked=asked)
    assert (done.returncode, done.stderr) == (0, "")
    found = re.findall(r"^\((\d+) rows?\)$", done.stdout, re.MULTILINE)
    assert len(found) == 10 and all(int(rows) > 0 for rows in found), done.stdout


def psql(
    cluster: Cluster, dsn: str, *arguments: str, asked: str = ""
) -> "subprocess.CompletedProcess[str]":
    command = [cluster.server.bin_dir / "psql", "-X", "-v", "ON_ERROR_STOP=1"]
    return subprocess.run(
        [*command, dsn, *arguments], input=asked, capture_output=True, text=True
    )


def sum_of_rows(dsn: str, columns: str, relation: str) -> tuple[object, ...]:
    """The same for the same rows, in whatever order."""
    rows = f"(SELECT {columns} FROM {relation}) AS found"
    with psycopg.connect(dsn) as connection:
        connection.execute("SET timezone = 'UTC'")
        names = connection.execute(f"SELECT * FROM {rows} LIMIT 0".encode()).description
        [total] = connection.execute(
            f"SELECT count(*), sum(hashtextextended(found::text, 0)) FROM {rows}".encode()
        ).fetchall()
    assert names is not None
    return *(column.name for column in names), *total


def unlike_tables(here: str, there: str, columns: str, relation: str) -> list[str]:
    """Where they differ by more than the last digits."""
    if sum_of_rows(here, columns, relation) == sum_of_rows(there, columns, relation):
        return []
    left, right = (read_table(dsn, columns, relation) for dsn in (here, there))
    assert list(left.columns) == list(right.columns)
    keys = ("id", "exchange", "day", "timeframe", *CONTRACT, "moneyness_level", "leg")
    key = [
        name for name in (*keys, "bucket_time", "quote_time") if name in left.columns
    ]
    return differences(left, right, key)
