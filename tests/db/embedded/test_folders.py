"""Folders of the server: ours, never taken over from another user, and found by all of ours."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.embedded.postmaster import Server
from pgstrike.db.embedded.server import embedded_server, reach_database, running_server
from pgstrike.db.embedded.sockets import own_sockets
from pgstrike.db.embedded.throwaway import claim_folder
from pgstrike.db.errors import DatabaseError
from tests.support.embedded import folder, leave, read_dsn, user

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="makes files of another user")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder where every user may make names, as in /tmp."""
    with tempfile.TemporaryDirectory(prefix="pgstrike-test-", dir="/var/tmp") as made:
        Path(made).chmod(0o1777)
        yield Path(made)


@pytest.fixture
def base() -> Iterator[Path]:
    with folder() as found:
        yield found


def give(path: Path, name: str = "nobody") -> None:
    os.chown(path, pwd.getpwnam(name).pw_uid, -1, follow_symlinks=False)


def rights(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


@AS_ROOT
@pytest.mark.parametrize("below", [".", "below"])
def test_link_of_another_user_is_refused(place: Path, below: str) -> None:
    """It would lead root to change the rights of any folder."""
    target, link = place / "target", place / "guessed"
    target.mkdir(mode=0o755)
    before = rights(target)
    link.symlink_to(target)
    give(link)
    with (
        pytest.raises(DatabaseError, match=r"guessed is a symbolic link of nobody"),
        reach_database(None, link / below),
    ):
        pass
    assert rights(target) == before and not list(target.iterdir())


@AS_ROOT
def test_link_that_comes_in_between_is_not_followed(place: Path) -> None:
    """The folder is opened without links, and it is the descriptor whose rights change."""
    target, link = place / "target", place / "guessed"
    target.mkdir(mode=0o755)
    before = rights(target)
    link.symlink_to(target)
    with pytest.raises(DatabaseError, match=r"guessed is a symbolic link"):
        Server(Path("/nowhere"), link, {}).make()
    assert rights(target) == before and not list(target.iterdir())


@AS_ROOT
@pytest.mark.parametrize("owner", ["nobody", "postgres"])
def test_folder_of_another_user_is_refused(place: Path, owner: str) -> None:
    """Also of the user that the server runs as: it could plant links in it."""
    guessed = place / "guessed"
    guessed.mkdir()
    give(guessed, owner)
    before = rights(guessed)
    with pytest.raises(
        DatabaseError, match=rf"guessed belongs to {owner}, not to root"
    ):
        Server(Path("/nowhere"), guessed, {}).make()
    assert rights(guessed) == before


def test_folder_that_holds_something_else_is_refused(place: Path) -> None:
    """A home folder, for instance, whose rights would change."""
    (place / "letters").mkdir()
    before = rights(place)
    with pytest.raises(DatabaseError, match="is not empty and not pgstrike's"):
        Server(Path("/nowhere"), place, {}).make()
    assert rights(place) == before


def test_own_link_to_another_disk_is_followed(place: Path, base: Path) -> None:
    (place / "link").symlink_to(base)
    assert embedded_server(place / "link").base == base


def test_socket_path_is_short_wherever_the_data_lies(base: Path) -> None:
    """A socket's path has room for about 100 characters."""
    deep = base.joinpath(*["deep"] * 25)
    base.chmod(0o755)
    try:
        with running_server(deep) as dsn, psycopg.connect(dsn) as connection:
            connection.execute("SELECT 1")
            sockets = embedded_server(deep).sockets
            assert sockets.parent == Path(tempfile.gettempdir())
            assert rights(sockets)[2] == 0o700
        with running_server(deep) as again:
            assert again == dsn
    finally:
        embedded_server(deep).remove()
    assert not sockets.exists()


@pytest.mark.parametrize("depth", [0, 25])
def test_processes_with_other_variables_reach_the_same_server(
    base: Path, place: Path, depth: int
) -> None:
    deep = base.joinpath(*["deep"] * depth)
    base.chmod(0o755)
    try:
        with (
            user(deep) as first,
            user(deep, TMPDIR=str(place), PGPORT="6000") as second,
        ):
            assert read_dsn(first) == read_dsn(second)
            leave(first)
            leave(second)
    finally:
        embedded_server(deep).remove()


def test_socket_folder_of_another_base_is_not_shared(base: Path) -> None:
    """A copied base brings the link of the one it was copied from along."""
    one, other = (base.joinpath(name, *["deep"] * 25) for name in ("one", "other"))
    found = []
    for each in (one, other):
        each.mkdir(parents=True)
        if found:
            (each / "sockets").symlink_to(found[0])
        own_sockets(each)
        found.append(Path(os.readlink(each / "sockets")))
    own_sockets(one)
    assert found[0] != found[1]
    assert Path(os.readlink(one / "sockets")) == found[0]
    for each in found:
        shutil.rmtree(each)


@AS_ROOT
def test_socket_folder_that_another_user_has_by_now_is_left(base: Path) -> None:
    """As after a clean-up of /tmp: a new name is made at random."""
    deep = base.joinpath(*["deep"] * 25)
    deep.mkdir(parents=True)
    own_sockets(deep)
    lost = Path(os.readlink(deep / "sockets"))
    shutil.rmtree(lost)
    lost.mkdir()
    give(lost)
    (lost / "base").symlink_to(deep)
    own_sockets(deep)
    sockets = Path(os.readlink(deep / "sockets"))
    assert sockets != lost and rights(lost)[0] == pwd.getpwnam("nobody").pw_uid
    for each in (lost, sockets):
        shutil.rmtree(each)


def test_leftovers_are_removed_and_those_in_use_are_not(place: Path) -> None:
    """And what has none of our locks is none of ours."""
    used, left = claim_folder(place, "test-"), claim_folder(place, "test-")
    os.close(left.seat)
    (place / "test-letters").mkdir()
    (place / "test-letters" / "letter").touch()
    (place / "test-empty").mkdir()
    (place / "test-link").symlink_to(used.base)
    fresh = claim_folder(place, "test-")
    assert {path.name for path in place.iterdir()} == {
        used.base.name,
        fresh.base.name,
        "test-letters",
        "test-link",
    }
    used.give_up()
    fresh.give_up()


@AS_ROOT
def test_secrets_of_the_environment_are_not_the_servers(base: Path) -> None:
    """Whoever may run as the server's user may read it."""
    with user(base, PGSTRIKE_API_KEY="correct-horse") as process:
        read_dsn(process)
        server = embedded_server(base)
        found = subprocess.run(
            ["cat", f"/proc/{server.pid()}/environ"], capture_output=True, check=True
        )
        assert found.stdout and b"correct-horse" not in found.stdout
        leave(process)
