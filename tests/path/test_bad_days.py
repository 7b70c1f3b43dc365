"""A recorded session that is mutilated comes out as the oracle says, in any order."""

import random
from pathlib import Path

import pandas as pd
import pytest

from pgstrike.jobs.feed.files import open_feed
from pgstrike.jobs.ingest.ingest import store_feed
from pgstrike.jobs.settings import JobsSettings
from tests.support.feeds import oracle
from tests.support.mutilate import FAULTS, lines, recorded_day
from tests.support.recordings import (
    TABLES,
    derived_tables,
    differences,
    read_table,
    with_missing,
)


@pytest.fixture(scope="module")
def day(data: Path) -> pd.DataFrame:
    return recorded_day(data)


@pytest.mark.parametrize("seed", range(len(FAULTS) + 4))
def test_bad_day_comes_out_as_the_oracle_says(
    dsn: str, day: pd.DataFrame, tmp_path: Path, seed: int
) -> None:
    """One fault each, then several at once."""
    rnd = random.Random(seed)
    faults = [FAULTS[seed]] if seed < len(FAULTS) else rnd.sample(FAULTS, 4)
    bad = day.copy()
    for fault in faults:
        bad = fault(bad, rnd)
    file = tmp_path / "bad.ndjson"
    file.write_text("\n".join(lines(bad)) + "\n")
    coming = tmp_path / "coming.ndjson"
    coming.write_text("\n".join(in_some_order(bad, rnd, seed)) + "\n")
    *_, tally = store_feed(
        dsn,
        JobsSettings.from_env({}),
        open_feed(str(coming), 1),
        source="bad day",
    )
    assert not tally.rejected
    wrong = []
    quotes = oracle().build_quotes(oracle().read_ndjson(file))
    for name, wanted in derived_tables(with_missing(quotes, solved(dsn))).items():
        table = TABLES[name]
        found = read_table(dsn, ", ".join(wanted.columns), table.relation)
        wrong += [f"{name}: {each}" for each in differences(wanted, found, table.key)]
    assert wrong == []


def solved(dsn: str) -> pd.DataFrame:
    """The volatilities that no feed brought: the oracle solves none."""
    key = ", ".join(TABLES["quotes"].key)
    names = ", ".join(
        f"CASE WHEN {leg}_iv_status <> 'feed' THEN {leg}_iv END AS {leg}_iv"
        for leg in ("call", "put")
    )
    return read_table(dsn, f"{key}, {names}", "fo.option_quote")


def in_some_order(day: pd.DataFrame, rnd: random.Random, seed: int) -> list[str]:
    """Page by page, or shuffled by pages, or by rows."""
    pages = [lines(page) for _, page in day.groupby("quote_time")]
    if seed % 3 == 1:
        rnd.shuffle(pages)
    found = [line for page in pages for line in page]
    if seed % 3 == 2:
        rnd.shuffle(found)
    return found
