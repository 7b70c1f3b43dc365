"""One SQL text for two engines."""

import re
from pathlib import Path
from typing import get_args

import pytest

from pgstrike.db.install.render import (
    Engine,
    Rollup,
    bucket_origin,
    plain_select,
    read,
    render,
    rollup_function,
    rollups,
)
from pgstrike.db.paths import SQL
from tests.support.each import each

ENGINES: tuple[Engine, ...] = get_args(Engine)
ROLLUP = """\
-- Two-minute bars.

CREATE MATERIALIZED VIEW fo.bars_2min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '2 minutes', quote_time) AS bucket_time,
    symbol,
    last(oi, quote_time) FILTER (WHERE oi IS NOT NULL) AS oi
FROM fo.option_quote
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.bars_2min (bucket_time);
*/
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_text_for_one_engine_is_left_out_for_the_other(engine: Engine) -> None:
    """Each engine gets what is marked with its own name, and the marks go."""
    text = "a /*postgres b */c /*timescaledb\nd\n*/e"
    expected = {"postgres": "a b c e", "timescaledb": "a c d\ne"}
    assert render(text, engine) == expected[engine]


@pytest.mark.parametrize("engine", ENGINES)
def test_ordinary_comment_is_kept(engine: Engine) -> None:
    """Only a comment that opens with an engine's name, and nothing before, is a mark."""
    text = "/* postgres */ /*postgresql x*/ /*+ hint */ -- postgres"
    assert render(text, engine) == text


@pytest.mark.parametrize("engine", ENGINES)
def test_text_without_marks_is_the_same_for_both(engine: Engine) -> None:
    """A function of ours that calls nothing engine-like is passed through."""
    path = SQL / "logic" / "50_events" / "append_events.sql"
    assert render(path.read_text(), engine) == path.read_text()


def test_rollup_stays_as_it_is_for_timescaledb() -> None:
    """A continuous aggregate, with its index."""
    text = render(ROLLUP, "timescaledb")
    assert "CREATE MATERIALIZED VIEW fo.bars_2min\nWITH (timescaledb.continuous" in text
    assert "last(oi, quote_time)" in text
    assert "CREATE INDEX ON fo.bars_2min (bucket_time);" in text


def test_rollup_becomes_a_table_for_postgres() -> None:
    """Of the same columns and without rows; nothing of TimescaleDB's is left."""
    text = render(ROLLUP, "postgres")
    assert "CREATE TABLE fo.bars_2min AS\nSELECT" in text
    assert text.count("WITH NO DATA;") == 1
    assert "timescaledb" not in text and "MATERIALIZED" not in text
    assert "time_bucket(" not in text and "last(" not in text
    assert "fo.bucket_start(interval '2 minutes', quote_time) AS bucket_time" in text


def test_bucket_of_timescaledb_has_the_origin_of_the_function() -> None:
    """A continuous aggregate takes its bucket from no function of ours."""
    text = render(ROLLUP, "timescaledb")
    assert f"time_bucket(interval '2 minutes', quote_time, {bucket_origin()})" in text
    assert "fo.bucket_start" not in text


@pytest.mark.parametrize("edge", ["first", "last"])
def test_edge_becomes_an_ordered_array(edge: str) -> None:
    """One element of an array in time order, of what the filter lets through."""
    text = plain_select(f"{edge}(oi, quote_time) FILTER (WHERE oi IS NOT NULL) AS x")
    assert "array_agg(oi ORDER BY quote_time" in text
    assert "FILTER (WHERE oi IS NOT NULL)" in text
    assert text.endswith("] AS x") and f"{edge}(" not in text


def test_first_and_last_are_not_the_same_element() -> None:
    """Written alike, they differ in nothing else."""
    last = "last(oi, quote_time) FILTER (WHERE oi IS NOT NULL)"
    assert plain_select(last) != plain_select(last.replace("last", "first"))


def test_word_that_ends_like_an_edge_is_kept() -> None:
    """`last` inside another name is no call of it."""
    select = "SELECT ops.at_last(x, y) FILTER (WHERE x)"
    assert plain_select(select) == select


COLUMNS_SAID = {
    "columns snapshot_version": "version, event_id, refreshed_at, announced, singleton",
    "columns snapshot_version of a but key, version": "a.event_id, a.refreshed_at, a.announced",
    "columns snapshot_version from announced": "announced, singleton",
    "columns bar_window of x": "x.expiries, x.strikes, x.from_time, x.to_time",
}


@pytest.mark.parametrize(("asked", "said"), COLUMNS_SAID.items())
def test_columns_are_those_of_the_table_or_type(
    tmp_path: Path, asked: str, said: str
) -> None:
    """In the order of its file, without the key's; the text has no more lines."""
    path = tmp_path / "some.sql"
    path.write_text(f"SELECT /*{asked}*/\nFROM x")
    assert read(path) == f"SELECT {said}\nFROM x"


def test_rollups_are_found_in_file_order(tmp_path: Path) -> None:
    """With name, source and SELECT; a file without a rollup gives none."""
    (tmp_path / "31_b.sql").write_text(ROLLUP.replace("bars_2min", "bars_4min"))
    (tmp_path / "30_a.sql").write_text(ROLLUP)
    (tmp_path / "10_none.sql").write_text("CREATE TABLE fo.none ();")
    found = rollups(tmp_path)
    assert [rollup.name for rollup in found] == ["bars_2min", "bars_4min"]
    assert {rollup.source for rollup in found} == {"option_quote"}
    assert found[0].select.startswith("SELECT\n    fo.bucket_start(")
    assert found[0].select.endswith("GROUP BY 1, 2")


def test_rollup_whose_source_hides_is_refused(tmp_path: Path) -> None:
    """The function for Postgres is made by replacing a FROM line: there must be one."""
    hidden = ROLLUP.replace("\nFROM fo.option_quote\n", " FROM fo.option_quote\n")
    (tmp_path / "30_a.sql").write_text(hidden)
    with pytest.raises(ValueError, match=r"30_a\.sql: its FROM must be one line"):
        rollups(tmp_path)


@pytest.mark.parametrize(
    ("source", "time"),
    [("option_quote", "quote_time"), ("option_strike_bars_1min", "bucket_time")],
)
def test_rollup_function_reads_one_window_of_its_source(source: str, time: str) -> None:
    """By the time column that the source has, of one symbol, the end not included."""
    select = f"SELECT symbol, count(*)\nFROM fo.{source}\nGROUP BY 1"
    text = rollup_function(Rollup("bars", source, select))
    assert "CREATE FUNCTION ops.bars(" in text and "SETOF fo.bars" in text
    assert f"SELECT * FROM fo.{source} AS source" in text
    assert "source.symbol = p_symbol" in text
    assert f"source.{time} >= p_from AND source.{time} < p_to" in text
    assert text.count(f") AS {source}\nGROUP BY 1;") == 1


def test_edge_without_a_filter_is_that_of_the_whole_row() -> None:
    """Unknown where the row is: a row's figures stay together."""
    text = plain_select("last(oi, quote_time) AS x")
    assert text == "(array_agg(oi ORDER BY quote_time))[count(*)] AS x"


COARSER = (
    "-- Four.\n\n/*coarser bars_2min: 4 minutes,\nfrom bars_2min, as bars_4min*/\n"
)


def test_coarser_rollup_is_its_model_of_another_width_and_source(
    tmp_path: Path,
) -> None:
    """Whatever is called after the model is called after the new one."""
    model = ROLLUP.replace("INTERVAL", "interval").replace("quote_time", "bucket_time")
    model = model.replace("option_quote", "bars").replace(
        "ON fo", "bars_2min_idx ON fo"
    )
    (tmp_path / "30_bars_2min.sql").write_text(model)
    path = tmp_path / "31_bars_4min.sql"
    path.write_text(COARSER)
    expected = model.replace("bars_2min", "bars_4min").replace("2 minutes", "4 minutes")
    expected = expected.replace("fo.bars\n", "fo.bars_2min\n")
    assert read(path) == expected.replace("Two-minute bars", "Four")
    found = {rollup.name: rollup.source for rollup in rollups(tmp_path)}
    assert found == {"bars_2min": "bars", "bars_4min": "bars_2min"}


def test_model_whose_source_hides_is_refused(tmp_path: Path) -> None:
    hidden = ROLLUP.replace("\nFROM fo.option_quote\n", " FROM fo.option_quote\n")
    (tmp_path / "30_bars_2min.sql").write_text(hidden)
    (tmp_path / "31_bars_4min.sql").write_text(COARSER)
    with pytest.raises(ValueError, match=r"30_bars_2min\.sql: its FROM must be one"):
        read(tmp_path / "31_bars_4min.sql")


def test_our_rollups_are_those_of_the_design() -> None:
    """Each reads the one before it, never around it."""
    found = {rollup.name: rollup.source for rollup in rollups(SQL / "state")}
    families = {
        "option_strike_bars": ("option_quote", "1min 5min 15min 1h 1d"),
        "moneyness_bars": ("option_quote", "5min 15min 1h 1d"),
        "underlying_bars": ("underlying_quote", "1min 5min 15min 1h 1d"),
        "expiry_metrics": ("expiry_metrics", "5min 15min 1h 1d"),
    }
    expected = {}
    for family, (source, widths) in families.items():
        for width in widths.split():
            expected[f"{family}_{width}"] = source
            source = f"{family}_{width}"
    assert found == expected


@each(sorted([*SQL.glob("state/*.sql"), *SQL.glob("logic/**/*.sql")]))
def test_our_files_keep_no_mark_and_no_timescaledb_on_postgres(path: Path) -> None:
    """A rollup that the patterns miss would reach plain Postgres as it stands."""
    for engine in ENGINES:
        text = render(read(path), engine)
        assert "/*postgres" not in text and "/*timescaledb" not in text
    text = render(read(path), "postgres")
    code = "\n".join(line.partition("--")[0] for line in text.splitlines())
    assert "time_bucket" not in code and "timescaledb.continuous" not in code
    assert not re.search(r"\b(first|last)\(", code)


@pytest.mark.parametrize(
    ("edge", "filtered", "place"),
    [
        ("first", "", "1"),
        ("first", " FILTER (WHERE oi IS NOT NULL)", "1"),
        ("last", "", "count(*)"),
        ("last", " FILTER (WHERE oi IS NOT NULL)", "count(oi)"),
    ],
)
def test_place_of_an_edge_counts_what_the_filter_lets_through(
    edge: str, filtered: str, place: str
) -> None:
    assert plain_select(f"{edge}(oi, quote_time){filtered}") == (
        f"(array_agg(oi ORDER BY quote_time){filtered})[{place}]"
    )
