"""tests/support/kept.py: one server for many runs, which ends when nobody wants it."""

import os
from pathlib import Path

import psycopg
import pytest

from tests.support import kept as module
from tests.support.embedded import guards, postmaster, wait_for
from tests.support.kept import base_of, kept, template_name


@pytest.fixture
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the marks lie, for templates that are quick to make."""

    def make(server: module.Server, name: str) -> str:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
            connection.execute(
                f"CREATE DATABASE {name} ALLOW_CONNECTIONS false".encode()
            )
        return name

    monkeypatch.setattr(module, "make_template", make)
    return tmp_path / "kept"


def run(marks: Path, *statements: str) -> tuple[int, set[str]]:
    """A run: the server's process, and the databases and roles that it found."""
    with kept("postgres", marks) as found:
        assert found is not None
        server, template = found
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
            names = connection.execute(
                "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
            ).fetchall()
            for statement in statements:
                connection.execute(statement.encode())
        assert template == template_name()
        return postmaster(server), {name for (name,) in names}


def is_gone(base: Path) -> bool:
    return not base.exists() and not guards(base)


def test_server_stays_until_its_mark_is_removed(
    marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = base_of(marks / "postgres")
    first, _ = run(marks, "CREATE DATABASE left_behind", "CREATE ROLE left_behind")
    again, names = run(marks)
    assert first == again
    assert "left_behind" not in names and (before := template_name()) in names
    monkeypatch.setattr(module, "SOURCES", ("sql/logic",))  # other texts
    assert before != template_name() and before not in run(marks)[1]
    (marks / "postgres").unlink()
    wait_for(lambda: is_gone(base))


def test_server_ends_when_it_was_not_used_for_long(marks: Path) -> None:
    base, mark = base_of(marks / "postgres"), marks / "postgres"
    first, _ = run(marks)
    os.utime(mark, (0, mark.stat().st_mtime - module.IDLE_SECONDS))
    wait_for(lambda: is_gone(base))
    assert run(marks)[0] != first
    mark.unlink()
    wait_for(lambda: is_gone(base))
