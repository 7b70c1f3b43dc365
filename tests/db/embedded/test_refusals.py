"""What stops the embedded server: one line each, that says what to do; and what does not."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pgstrike.db.embedded.server import embedded_server, reach_database, running_server
from pgstrike.db.errors import DatabaseError
from tests.support.embedded import (
    folder,
    guards,
    kill_guards,
    postmaster,
    reachable,
    wait_for,
)


@pytest.fixture
def base() -> Iterator[Path]:
    with folder() as found:
        yield found


@pytest.fixture
def small_disk(base: Path) -> Iterator[Path]:
    """A disk with room for one database cluster and little else."""
    disk = base / "disk"
    disk.mkdir()
    base.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("may not mount a small disk")
    try:
        yield disk
    finally:
        kill_guards(disk / "data")
        embedded_server(disk / "data").remove()
        subprocess.run(["umount", "--lazy", disk], check=True)


def refusal(base: Path) -> str:
    with pytest.raises(DatabaseError) as refused, reach_database(None, base):
        pass
    said = str(refused.value)
    assert len(said.splitlines()) == 1
    wait_for(lambda: guards(base) == [])
    return said


def fill(disk: Path) -> None:
    with (disk / "filling").open("wb", buffering=0) as filling:
        try:
            while filling.write(bytes(2**16)):
                pass
        except OSError:
            pass


def test_full_disk_is_said_and_mends_itself(small_disk: Path) -> None:
    """Before there is a cluster, and while its server is used."""
    base = small_disk / "data"
    fill(small_disk)
    assert refusal(base) == (
        f"no space is left for the embedded server in {base}; free some, "
        "or set PGSTRIKE_DATA_DIR to a folder on another disk"
    )
    (small_disk / "filling").unlink()
    with running_server(base) as dsn:
        server = embedded_server(base)
        fill(small_disk)
        os.kill(postmaster(server), 9)
        wait_for((base / "problem").exists)
        with (
            pytest.raises(DatabaseError, match="no space is left"),
            running_server(base),
        ):
            pass
        (small_disk / "filling").unlink()
        wait_for(lambda: reachable(dsn))
    assert "guard: the server runs again" in server.log.read_text()


def test_read_only_disk_is_said(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert refusal(small_disk / "data") == (
        f"the embedded server: may not write {small_disk / 'data'} (Read-only file "
        "system); set PGSTRIKE_DATA_DIR to a folder that you may write"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_rights_is_said(base: Path) -> None:
    base.chmod(0o500)
    assert "may not write" in refusal(base / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="is its own server's user")
def test_folder_that_the_servers_user_cannot_enter_is_said(base: Path) -> None:
    base.chmod(0o700)
    said = refusal(base / "data")
    assert "Permission denied" in said
    assert said.endswith("set PGSTRIKE_DATA_DIR to a place that postgres may enter")


def test_data_of_another_version_is_said(base: Path) -> None:
    with running_server(base):
        pass
    (base / "data" / "PG_VERSION").write_text("12\n")
    said = refusal(base)
    assert said.startswith(f"{base / 'data'} was made by PostgreSQL 12, and this is 1")
    assert "move it with pg_upgrade, or set PGSTRIKE_DATA_DIR to another folder" in said


def test_data_folder_that_is_no_cluster_is_left_alone(base: Path) -> None:
    with running_server(base):
        pass
    shutil.rmtree(base / "data")
    (base / "data").mkdir()
    (base / "data" / "letter").touch()
    assert (
        refusal(base)
        == f"{base / 'data'} is not empty and no database cluster; remove it"
    )
    assert (base / "data" / "letter").exists()
    assert not list(base.glob("initdb-*"))


def test_lock_files_of_a_crashed_machine_are_no_obstacle(base: Path) -> None:
    """Although their numbers are those of other processes by now, of the same user."""
    with running_server(base):
        server = embedded_server(base)
        pid_file = server.data / "postmaster.pid"
        [socket_lock] = server.sockets.glob(".s.PGSQL.*.lock")
        lines, lock = pid_file.read_text(), socket_lock.read_text()
    sleeper = ["sleep", "600"]
    with subprocess.Popen(sleeper, user=server.data.stat().st_uid) as other:
        old = lines.split("\n", 1)[0]
        pid_file.write_text(lines.replace(old, str(other.pid), 1))
        socket_lock.write_text(lock.replace(old, str(other.pid), 1))
        assert not server.running()
        with running_server(base) as dsn, psycopg.connect(dsn) as connection:
            connection.execute("SELECT 1")
        other.kill()


def test_half_a_cluster_is_removed(base: Path) -> None:
    """What initdb had written when it was killed."""
    server = embedded_server(base)
    server.make()
    (base / "data").rename(base / "initdb-killed")
    (base / "initdb-killed" / "PG_VERSION").unlink()
    with running_server(base):
        assert not list(base.glob("initdb-*"))
