"""docs/ndjson.md: its example is stored, and its tables name what the code knows."""

import re
from pathlib import Path

import psycopg

from pgstrike.db.paths import ROOT
from pgstrike.jobs.feed import batches, check, lines, ndjson
from pgstrike.jobs.ingest import store
from pgstrike.jobs.live.feeds import line_decoder
from pgstrike.jobs.quote import LEG_FLOATS, LEG_INTS
from tests.support.cli import counts, jobs
from tests.support.feeds import leg, read_json

PAGE = (ROOT / "docs" / "ndjson.md").read_text()
EXAMPLE = re.findall(r"^```ndjson\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def named_in_table(heading: str) -> list[str]:
    """The words in the first column of the table under a heading of columns."""
    rows = PAGE.split(heading)[1].split("\n\n")[0].splitlines()[2:]
    return [word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[1])]


def test_example_is_stored(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "quotes.ndjson"
    path.write_text(EXAMPLE)
    done = jobs(dsn, "ingest", path)
    assert counts(done.stdout)["stored"] == counts(done.stdout)["rows read"] == 2
    assert connection.execute(
        "SELECT call_oi, call_iv, call_iv_status, put_ltp FROM fo.option_quote"
        " WHERE strike = 24600"
    ).fetchone() == (5_184_300, 0.1123, "feed", 210.4)


def test_example_names_every_key_of_a_leg() -> None:
    call = leg(read_json(*EXAMPLE.splitlines()), "call")
    assert [name for name, figure in call.items() if figure is None] == []


def test_table_of_a_leg_has_every_key() -> None:
    assert {*named_in_table("| key of a leg |")} == {*LEG_FLOATS, *LEG_INTS}


READERS = (batches, check, line_decoder, ndjson)


def test_table_of_reasons_has_every_reason() -> None:
    code = [Path(module.__file__).read_text() for module in READERS]
    raised = {
        reason
        for text in code
        for reason in re.findall(r'(?:BadRow\(|yield )"(\w+)"', text)
    }
    assert {*named_in_table("| reason |")} == raised | {*store.REASONS}


def test_limits_are_those_of_the_code() -> None:
    assert f"longer than {lines.MAX_LINE >> 20} MiB" in PAGE
    assert f"its first {lines.MAX_SHOWN:,} characters" in PAGE
    assert f"1 to {batches.MAX_SYMBOL_LENGTH} printable characters" in PAGE
    assert f"at most {batches.MAX_SYMBOLS:,} symbols" in PAGE
