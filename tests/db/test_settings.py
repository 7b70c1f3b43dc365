"""How to reach the database, from the environment."""

import os
from pathlib import Path

import pytest

from pgstrike.db.errors import SettingError
from pgstrike.db.paths import ROOT
from pgstrike.db.settings import (
    RENAMED,
    DatabaseSettings,
    default_data_dir,
    number,
    whole,
)


def test_nothing_set_is_the_embedded_server() -> None:
    """No DSN, no engine asked for, and a directory of our own."""
    assert DatabaseSettings.from_env({}) == DatabaseSettings(
        dsn=None, data_dir=default_data_dir(), engine=None, pool_size=4
    )


def test_everything_set_is_taken_as_it_is() -> None:
    """Each variable ends in its own field."""
    settings = DatabaseSettings.from_env(
        {
            "PGSTRIKE_DSN": "postgresql://trader@db/market",
            "PGSTRIKE_DATA_DIR": "/srv/pgstrike",
            "PGSTRIKE_ENGINE": "timescaledb",
            "PGSTRIKE_POOL_SIZE": "9",
        }
    )
    assert settings == DatabaseSettings(
        "postgresql://trader@db/market", Path("/srv/pgstrike"), "timescaledb", 9
    )


@pytest.mark.parametrize(
    "name",
    ["PGSTRIKE_DSN", "PGSTRIKE_DATA_DIR", "PGSTRIKE_ENGINE", "PGSTRIKE_POOL_SIZE"],
)
def test_empty_variable_counts_as_unset(name: str) -> None:
    """As docker compose passes what nobody has set."""
    assert DatabaseSettings.from_env({name: ""}) == DatabaseSettings.from_env({})


def test_variables_of_libpq_are_not_read() -> None:
    """Nobody's psql shall decide which database is migrated."""
    environ = {"PGHOST": "elsewhere", "PGDATABASE": "other", "DATABASE_URL": "x"}
    assert DatabaseSettings.from_env(environ).dsn is None


@pytest.mark.parametrize("engine", ["postgres", "timescaledb"])
def test_known_engine_is_taken(engine: str) -> None:
    """The two that there are."""
    assert DatabaseSettings.from_env({"PGSTRIKE_ENGINE": engine}).engine == engine


@pytest.mark.parametrize("engine", ["timescale", "Postgres", "postgres ", "mysql"])
def test_unknown_engine_is_refused_with_what_to_set(engine: str) -> None:
    """In one line that names the variable, its value and the values there are."""
    with pytest.raises(SettingError) as refused:
        DatabaseSettings.from_env({"PGSTRIKE_ENGINE": engine})
    assert str(refused.value) == (
        f"PGSTRIKE_ENGINE is {engine!r}; set it to postgres or timescaledb, "
        "or leave it unset"
    )


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "four", "nan", "1e3"])
def test_bad_pool_size_is_refused(size: str) -> None:
    """A pool of nothing would wait for ever."""
    with pytest.raises(SettingError, match=r"PGSTRIKE_POOL_SIZE is .*whole number"):
        DatabaseSettings.from_env({"PGSTRIKE_POOL_SIZE": size})


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "-0.5"])
def test_number_that_is_none_to_work_with_is_refused(text: str) -> None:
    """NaN passes every comparison the wrong way round, and infinity never ends."""
    with pytest.raises(SettingError, match=f"SECONDS is '{text}'; set it to a number"):
        number({"SECONDS": text}, "SECONDS", 1, least=0, most=60)


def test_number_at_its_least_is_taken() -> None:
    """The bound itself is allowed, and so is the upper one."""
    for text in ("0.05", "60"):
        found = number({"SECONDS": text}, "SECONDS", 1, least=0.05, most=60)
        assert found == float(text)
    for text in ("1", "9"):
        assert whole({"SIZE": text}, "SIZE", 4, least=1, most=9) == int(text)


def test_whole_number_keeps_all_its_digits() -> None:
    """It does not go through a float."""
    assert (
        whole({"SIZE": "9007199254740993"}, "SIZE", 4, least=1, most=2**60) == 2**53 + 1
    )


def test_data_lies_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its user finds it."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_data_dir() == ROOT / ".pgstrike"


def test_data_of_root_lies_where_its_server_may_enter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The checkout may be in root's home; and where anybody may write, names are squatted."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir().parent == Path("/var/lib/pgstrike")
    assert default_data_dir() == default_data_dir()


def test_installed_package_keeps_its_data_in_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Never beside its code, which pip replaces."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("pgstrike.db.settings.IS_CHECKOUT", False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / ".local/share/pgstrike"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_data_dir() == tmp_path / "data/pgstrike"


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_old_name_is_refused_with_the_new_one(old: str, new: str) -> None:
    with pytest.raises(SettingError, match=f"PGSTRIKE_{old} is now PGSTRIKE_{new};"):
        DatabaseSettings.from_env({f"PGSTRIKE_{old}": "1"})
