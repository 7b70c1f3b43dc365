"""Folders of servers that go with their process: of a demo, of a test run.

Such a folder is in use while somebody holds its `users.lock`. Its guard removes it in the end;
where that was killed too, the next process that makes such a folder does.
"""

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pgstrike.db.embedded.binaries import embedded_server
from pgstrike.db.embedded.failures import why_refused
from pgstrike.db.embedded.folders import open_lock, opened_lock, try_lock
from pgstrike.db.embedded.server import running_server
from pgstrike.db.errors import DatabaseError


class Claim(NamedTuple):
    """A folder of our own, and the descriptor of its `users.lock`, which we hold."""

    base: Path
    seat: int

    def give_up(self) -> None:
        shutil.rmtree(self.base, ignore_errors=True)
        os.close(self.seat)


@contextlib.contextmanager
def throwaway_server(parent: Path, prefix: str) -> Iterator[str]:
    """The DSN of an embedded server in a new folder; nothing is left of it afterwards."""
    try:
        claim = claim_folder(parent, prefix)
    except OSError as error:
        raise DatabaseError(why_refused(error, parent)) from error
    try:
        with running_server(claim.base, seat=claim.seat, removes=True) as dsn:
            yield dsn
    finally:
        claim.give_up()


def claim_folder(parent: Path, prefix: str) -> Claim:
    """A new folder. What killed processes left of such folders is removed first."""
    parent.mkdir(parents=True, exist_ok=True)
    for leftover in parent.glob(f"{glob.escape(prefix)}*"):
        remove_unless_used(leftover)
    return make_folder(parent, prefix)


def make_folder(parent: Path, prefix: str) -> Claim:
    while True:
        base = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            seat = open_lock(base / "users.lock")
        except FileNotFoundError:
            continue  # another process took it for a leftover
        fcntl.flock(seat, fcntl.LOCK_SH)
        if os.fstat(seat).st_nlink:
            return Claim(base, seat)
        os.close(seat)  # likewise, a moment later


def remove_unless_used(base: Path) -> None:
    # A folder without users.lock is none of ours, and is left as it is.
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if base.is_symlink() or base.lstat().st_uid != os.geteuid():
            return
        with (
            opened_lock(base / "users.lock", 0) as users,
            opened_lock(base / "guard.lock") as guard,
        ):
            if try_lock(users, fcntl.LOCK_EX) and try_lock(guard, fcntl.LOCK_EX):
                embedded_server(base).remove()
    with contextlib.suppress(OSError):
        base.rmdir()  # empty, where its process was killed before it had the lock
