"""Column maps: what the name of a file says by them, and maps that are refused."""

from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.column_map import column_map, read_map
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.times import calendar_day
from tests.support.feeds import joined, leg, utc


def named(folder: Path, name: str) -> FeedFile:
    """A file of one row, by a map that knows what its path says."""
    where = folder / name
    where.parent.mkdir(exist_ok=True)
    where.write_text("K,C\n1,1\n")
    (folder / "map.toml").write_text(
        """
        [columns]
        strike = "K"
        call_ltp = "C"
        [name]
        pattern = '(?P<date>[-\\d]+)/(?P<symbol>[A-Z]+)_(?P<expiry>\\w+)_(?P<time>\\d+)'
        time = "%Y-%m-%d %H%M"
        expiry = "%d%b%Y"
        """
    )
    return FeedFile(str(where), {}, Facts(map=read_map(str(folder / "map.toml"))))


def test_names_of_file_and_folder_say_time_expiry_and_symbol(tmp_path: Path) -> None:
    batch = joined(named(tmp_path, "2026-04-21/NIFTY_28Apr2026_1200.csv").batches())
    assert batch.symbols == ("NIFTY",)
    assert batch.rows["quote_time"].tolist() == [utc("2026-04-21T06:30:00")]
    assert calendar_day(int(batch.rows["expiry"][0])).isoformat() == "2026-04-28"


def test_name_with_a_date_only_has_the_clock_of_the_map(tmp_path: Path) -> None:
    path = tmp_path / "option-chain-ED-NIFTY-28-Apr-2026_20260421.csv"
    path.write_text("CALLS,,PUTS\n,OI,CHNG IN OI,STRIKE,CHNG IN OI,OI,\n,1,0,9,0,2,\n")
    name = {"pattern": r"_(?P<date>\d{8})", "clock": "15:30"}
    facts = Facts(map=column_map({"name": name}))
    batch = joined(FeedFile(str(path), {"NIFTY": 65}, facts).batches())
    assert batch.rows["quote_time"].tolist() == [utc("2026-04-21T10:00:00")]
    assert leg(batch, "put")["oi"] == 130


def test_name_that_says_nothing_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"the symbol, the expiry and the time; give"):
        joined(named(tmp_path, "other/x.csv").batches())


def test_name_that_says_nonsense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"by the \[name\] of the map: no time"):
        named(tmp_path, "2026-04-21/NIFTY_28Apr2026_9999.csv")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[columns", "map.toml: "),
        ("[columns]\nstrikes = 'K'", "[columns] knows no 'strikes'"),
        ("colums = 1", "the map knows no 'colums'"),
        ("[columns]\nstrike = 1.5", "a column's name, or its place"),
        ("zone = 'India'", "zone 'India' is not known"),
        ("iv = 'promille'", "'decimal' or 'percent'"),
        ("[units]\noi = 'tons'", "[units] oi: give 'lots', 'units'"),
        ("[units]\nltp = 'lots'", "[units] knows no 'ltp'"),
        ("[name]\npattern = '('", "no regular expression"),
        ("[name]\npattern = 'x'", "needs named groups"),
        ("columns = 5", "columns must be a table"),
    ],
)
def test_map_that_is_wrong_says_where(tmp_path: Path, toml: str, says: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(toml)
    with pytest.raises(FeedError) as raised:
        read_map(str(path))
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_map_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"cannot read .*: No such file"):
        read_map(str(tmp_path / "none.toml"))
