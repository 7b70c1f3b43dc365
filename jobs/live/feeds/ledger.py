"""Which files of a folder were ingested: a line of JSON for each, in a file."""

import hashlib
import json
import os
from typing import NamedTuple

from pgstrike.db.errors import FeedError


class Stat(NamedTuple):
    """What a file looks like from outside; `changed` is its mtime in nanoseconds."""

    size: int
    changed: int


class Ledger:
    """The files that are done. A line that a crash cut is left out: its file comes again."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._done: dict[str, tuple[Stat, str]] = {}
        try:
            with open(path, "a+b") as file:
                file.seek(0)
                lines = file.read().split(b"\n")
                if lines[-1]:
                    file.write(b"\n")
        except OSError as error:
            raise FeedError(
                f"cannot write {path}: {error.strerror}; name another file with the "
                "option ledger"
            ) from error
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            row = json.loads(line)
            stat = Stat(int(row["size"]), int(row["changed"]))
            self._done[str(row["name"])] = stat, str(row["sha256"])
        except (ValueError, TypeError, KeyError):
            return

    def looks_done(self, name: str, stat: Stat) -> bool:
        """Whether a file of this name, size and time was ingested."""
        return name in self._done and self._done[name][0] == stat

    def has(self, name: str, sha256: str) -> bool:
        """Whether a file of this name and content was ingested."""
        return name in self._done and self._done[name][1] == sha256

    def add(self, name: str, stat: Stat, sha256: str) -> None:
        """Note a file for good."""
        self._done[name] = stat, sha256
        row = {"name": name, **stat._asdict(), "sha256": sha256}
        with open(self._path, "ab") as file:
            file.write(json.dumps(row).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def stat_of(path: str) -> Stat | None:
    """None where the file is gone."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Stat(found.st_size, found.st_mtime_ns)


def hash_of(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
