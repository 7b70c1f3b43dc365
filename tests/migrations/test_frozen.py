"""A released revision is never edited: migrations/frozen.txt holds its sha256."""

import hashlib
from pathlib import Path

import pytest

from pgstrike.db.paths import MIGRATIONS

FROZEN = MIGRATIONS / "frozen.txt"


def changed(listing: Path) -> list[str]:
    """The files of a listing, in sha256sum's form, that are not as they were listed."""
    found = []
    for line in listing.read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        path = listing.parent / name.removeprefix("*")
        if not path.is_file() or digest != sha256(path):
            found.append(name)
    return found


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_released_revisions_are_as_they_were() -> None:
    """Whoever ran them before has another database than who runs them now."""
    if not FROZEN.exists():
        pytest.skip("no revision is released yet: there is no migrations/frozen.txt")
    assert changed(FROZEN) == []
    assert FROZEN.read_text().strip(), "an empty listing freezes nothing"


def test_edited_or_missing_revision_is_noticed(tmp_path: Path) -> None:
    """By its bytes: a comment counts, and so does a line's end."""
    names = ["versions/0001_a.sql", "versions/0002_b.sql", "versions/0003_c.sql"]
    (tmp_path / "versions").mkdir()
    for name in names:
        (tmp_path / name).write_text("SELECT 1;\n")
    listing = tmp_path / "frozen.txt"
    listing.write_text(
        "".join(f"{sha256(tmp_path / name)}  {name}\n" for name in names)
    )
    assert changed(listing) == []
    (tmp_path / names[1]).write_bytes(b"SELECT 1;\r\n")
    (tmp_path / names[2]).unlink()
    assert changed(listing) == names[1:]
