"""A recorded session that is mutilated comes out as the oracle says, in any order."""

import random
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from pgstrike.jobs.feed.files import open_feed
from pgstrike.jobs.ingest.calendar import load_calendar
from pgstrike.jobs.ingest.corrections import correct_calendar
from pgstrike.jobs.ingest.ingest import store_feed
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.ingest.tally import Tally
from pgstrike.jobs.refresh.refresh import refresh_now
from pgstrike.jobs.settings import JobsSettings
from tests.support.feeds import oracle
from tests.support.mutilate import (
    FAULTS,
    Fault,
    drop_outs,
    lines,
    lone_drop_outs,
    lone_falls,
    missing_book,
    missing_spot,
    recorded_day,
    spikes,
    stamped_head,
)
from tests.support.recordings import (
    TABLES,
    comparable,
    derived_tables,
    differences,
    read_table,
    unlike,
    with_missing,
)

pytestmark = pytest.mark.second_later

DAY = date(2025, 8, 29)
# Half of them are for `make attack`: each fault once, and one day with several.
SEEDS = [
    seed if seed <= len(FAULTS) else pytest.param(seed, marks=pytest.mark.long)
    for seed in range(len(FAULTS) + 4)
]
TOLD = (lone_drop_outs, lone_falls, stamped_head, missing_spot, missing_book)


@pytest.fixture(scope="module")
def day(data: Path) -> pd.DataFrame:
    return recorded_day(data)


@pytest.mark.parametrize("seed", SEEDS)
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
    store(dsn, coming)
    assert wrong_tables(dsn, file) == []


@pytest.mark.parametrize("fault", TOLD, ids=lambda fault: fault.__name__)
def test_figure_of_a_bad_day_is_right_or_unknown_or_marked(
    dsn: str, day: pd.DataFrame, tmp_path: Path, fault: Fault
) -> None:
    """For each fault that can be told (docs/bad-days.md has also those that cannot)."""
    bad = fault(day.copy(), random.Random(11))
    file = tmp_path / "bad.ndjson"
    file.write_text("\n".join(lines(bad)) + "\n")
    store(dsn, file)
    key = TABLES["quotes"].key
    clean = comparable(oracle().build_quotes(day.copy()), key)
    found = comparable(read_table(dsn, "*", "fo.option_quote"), key)
    assert len(found) == len(clean)
    outside = ~found.in_session.to_numpy(bool)
    changed = 0
    for leg in ("call", "put"):
        for name in ("ltp", "bid", "ask", "oi", "volume"):
            marked = outside | found[f"{leg}_dropout"].to_numpy(bool)
            if name == "volume":
                marked = marked | found[f"{leg}_volume_doubted"].to_numpy(bool)
            figures = found[f"{leg}_{name}"]
            differs = unlike(clean[f"{leg}_{name}"], figures)
            changed += int((differs | marked).sum())
            assert not (differs & figures.notna() & ~marked).any(), f"{leg}_{name}"
    differs = unlike(clean.underlying, found.underlying)
    marked = outside | (found.underlying_source != "feed").to_numpy(bool)
    assert changed + int(marked.sum()) >= 40
    assert not (differs & found.underlying.notna() & ~marked).any()


def test_correction_of_the_calendar_makes_all_exact(
    dsn: str, day: pd.DataFrame, tmp_path: Path
) -> None:
    """The day was said to be closed when its quotes came, on a bad day at that."""
    rnd = random.Random(7)
    bad = spikes(drop_outs(missing_spot(day.copy(), rnd), rnd), rnd)
    file = tmp_path / "bad.ndjson"
    file.write_text("\n".join(lines(bad)) + "\n")
    with psycopg.connect(dsn, autocommit=True) as connection:
        load_calendar(connection, {"NIFTY"}, [2025])
        correct_calendar(connection, "NSE", DAY, [])
        store(dsn, file)
        bars = connection.execute("SELECT count(*) FROM fo.option_strike_bars_1min")
        assert bars.fetchone() == (0,)
        correct_calendar(connection, "NSE", DAY, None)
    assert judge_again(dsn) == 1
    refresh_now(dsn)
    assert wrong_tables(dsn, file) == []


def store(dsn: str, file: Path) -> Tally:
    settings = JobsSettings.from_env({})
    *_, tally = store_feed(dsn, settings, open_feed(str(file), 1), source="bad day")
    assert not tally.rejected
    return tally


def wrong_tables(dsn: str, file: Path) -> list[str]:
    """What differs from the oracle's tables of the file."""
    wrong = []
    quotes = oracle().build_quotes(oracle().read_ndjson(file))
    for name, wanted in derived_tables(with_missing(quotes, solved(dsn))).items():
        table = TABLES[name]
        found = read_table(dsn, ", ".join(wanted.columns), table.relation)
        wrong += [f"{name}: {each}" for each in differences(wanted, found, table.key)]
    return wrong


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
