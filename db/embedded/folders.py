"""Folders and lock files that are certainly ours, and the user that the server runs as.

Only the standard library: the guard of an embedded server imports this and stays small.
"""

import contextlib
import fcntl
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pgstrike.db.errors import DatabaseError
from pgstrike.db.paths import ROOT_PLACE

ELSEWHERE = "set PGSTRIKE_DATA_DIR to another folder"
MARKS = {"sockets", "users.lock"}


def server_user() -> pwd.struct_passwd | None:
    """None: our own user. PostgreSQL refuses root, who needs another user for it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise DatabaseError(
        "PostgreSQL does not run as root and there is no user postgres or nobody; "
        "run as another user"
    )


def run_as_server_user() -> dict[str, Any]:
    """Arguments of subprocess.run."""
    if user := server_user():
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return {}


def own_folder(path: Path, *, for_server: bool = False) -> None:
    """Make a folder that is closed to other users, or take over one of ours.

    `for_server` gives it to the server's user. Otherwise root keeps it, and the server's
    user may only pass through: it cannot plant links for root to follow.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700, parents=True)
    with opened_folder(path) as folder:
        owner = os.fstat(folder).st_uid
        user = server_user()
        if owner != os.geteuid() and not (for_server and user and owner == user.pw_uid):
            raise DatabaseError(
                f"{path} belongs to {name_of(owner)}, not to {name_of(os.geteuid())}; "
                f"chown or remove it, or {ELSEWHERE}"
            )
        if user is not None:
            os.fchown(folder, user.pw_uid if for_server else owner, user.pw_gid)
        os.fchmod(folder, 0o700 if user is None or for_server else 0o710)


@contextlib.contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """A descriptor of the folder itself, never of the target of a link."""
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        kind = "a symbolic link" if path.is_symlink() else "no folder"
        if not path.is_symlink() and path.is_dir():
            raise
        raise DatabaseError(f"{path} is {kind}; remove it or {ELSEWHERE}") from error
    try:
        yield folder
    finally:
        os.close(folder)


def resolved(path: Path) -> Path:
    """The path without links, where all are our own: another user's is a trap."""
    for place in (path, *path.absolute().parents):
        if place.is_symlink() and place.lstat().st_uid not in (0, os.geteuid()):
            owner = name_of(place.lstat().st_uid)
            raise DatabaseError(
                f"{place} is a symbolic link of {owner}; remove it or {ELSEWHERE}"
            )
    return path.resolve()


def own_base(path: Path) -> None:
    """Make or take over the folder of a server, which may be a name that anybody can guess."""
    found = set(os.listdir(path)) - {"lost+found"} if path.is_dir() else set()
    if found and not (found & MARKS or (path / "data" / "PG_VERSION").exists()):
        # Its rights would change, which is bad for a home folder.
        raise DatabaseError(f"{path} is not empty and not pgstrike's; {ELSEWHERE}")
    if path.parent == ROOT_PLACE:
        own_root_place()
    own_folder(path)


def own_root_place() -> None:
    """Root's own folder, open to the server's user whatever the umask."""
    ROOT_PLACE.mkdir(parents=True, exist_ok=True)
    ROOT_PLACE.chmod(0o755)


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def open_lock(path: Path, flags: int = os.O_CREAT) -> int:
    """A descriptor of a lock file. The kernel frees its lock however its process ends."""
    return os.open(path, os.O_RDWR | os.O_NOFOLLOW | flags, 0o600)


@contextlib.contextmanager
def opened_lock(path: Path, flags: int = os.O_CREAT) -> Iterator[int]:
    lock = open_lock(path, flags)
    try:
        yield lock
    finally:
        os.close(lock)


@contextlib.contextmanager
def opened_log(path: Path) -> Iterator[int]:
    """A descriptor that appends to a log which the server's user writes as well."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    log = os.open(path, flags, 0o600)
    try:
        if user := server_user():
            os.fchown(log, user.pw_uid, user.pw_gid)
        yield log
    finally:
        os.close(log)


def try_lock(lock: int, kind: int) -> bool:
    """Whether the lock could be had without waiting."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
