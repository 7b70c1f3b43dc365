"""jobs.whole_file: who finds the name of a file finds all of one writer's."""

from pathlib import Path

import pytest

from pgstrike.jobs.whole_file import whole_file


def test_writer_that_was_stopped_does_not_touch_a_later_ones(tmp_path: Path) -> None:
    path = tmp_path / "NIFTY-2025-08-29.parquet"
    with (
        pytest.raises(FileNotFoundError),
        whole_file(path) as stopped,
        stopped.open("w") as file,
    ):
        file.write("half")
        file.flush()
        with whole_file(path) as later:
            later.write_text("whole")
        file.write(" and more")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_file_of_a_failed_writer_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(ZeroDivisionError), whole_file(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    (tmp_path / ".a.csv.0123").write_text("half")
    with whole_file(path) as temporary:
        temporary.write_text("whole")
    assert list(tmp_path.iterdir()) == [path]
