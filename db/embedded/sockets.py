"""Where a server's socket lies: in its folder, or, where that path is too long, beside it.

The path of a socket may have about 100 characters only. A folder for temporary files is open
to all users, so a name in it is made once, at random, and kept as a link in the server's own
folder. So every process finds the same one, whatever its TMPDIR.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from pgstrike.db.embedded.folders import own_folder
from pgstrike.db.errors import DatabaseError

# The field sun_path has 104 bytes on macOS; the socket's own name is `.s.PGSQL.5432`.
LONGEST = 90
OWNER = "base"  # a link in such a folder: a copied base must not share it


def own_sockets(base: Path) -> None:
    """Make `base/sockets`, a folder or a link to one, unless it is there and ours."""
    place = base / "sockets"
    if fits(place):
        if place.is_symlink():
            place.unlink()
        return own_folder(place, for_server=True)
    if not is_kept(base, place):
        link_elsewhere(base, place)
    return None


def fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST


def is_kept(base: Path, place: Path) -> bool:
    """Whether the link leads to a folder that is still ours, and made for this base."""
    with contextlib.suppress(OSError, DatabaseError):
        target = Path(os.readlink(place))
        if os.readlink(target / OWNER) == str(base):
            own_folder(target, for_server=True)
            return True
    return False


def link_elsewhere(base: Path, place: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="pgstrike-", dir=short_place()))
    (folder / OWNER).symlink_to(base)
    own_folder(folder, for_server=True)
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    fresh = place.with_name("sockets.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder)
    fresh.replace(place)


def short_place() -> str:
    """A folder for temporary files whose own path leaves room for a name."""
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if fits(Path(place, "pgstrike-12345678")) and os.access(place, os.W_OK):
            return place
    raise DatabaseError(
        "no folder for temporary files has a short path; set TMPDIR=/tmp"
    )
