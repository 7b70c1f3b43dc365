"""What PGSTRIKE_SHARDS may say, and keys on every server."""

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from pgstrike.api.http.shards.required import require_shards
from pgstrike.cli.keys import key
from pgstrike.db.errors import PgstrikeError, SettingError
from pgstrike.db.shards import NAME, Shard, shards
from tests.shards.conftest import HOME, SHARD, bank, quoted

RIGHT = '[bank]\ndsn = "host=b password=hidden"\nsymbols = ["BANKNIFTY"]\n'
WRONG = {
    "[bank]\ndsn = 1\nsymbols = []\n": "has to have",
    '[bank]\ndsn = "host=b password=hidden"\n': "has to have",
    RIGHT + 'size = "hidden"': "has to have",
    "[bank": "no TOML",
    RIGHT.replace("bank", "home", 1): "may not be named 'home'",
    RIGHT.replace("bank", '"a\\nb"', 1): "may not be named",
    RIGHT + RIGHT.replace("[bank]", "[other]"): "BANKNIFTY is of [bank] and of [other]",
}


def test_shards_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "shards.toml"
    file.write_text(RIGHT)
    [shard] = shards({NAME: str(file)})
    assert (shard.name, shard.symbols) == ("bank", {"BANKNIFTY"})
    assert "hidden" not in repr(shard)
    assert shards({}) == ()


@pytest.mark.parametrize("text", WRONG)
def test_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "shards.toml"
    file.write_text(text)
    with pytest.raises(SettingError) as refused:
        shards({NAME: str(file)})
    assert WRONG[text] in str(refused.value)
    assert "hidden" not in str(refused.value) and "\n" not in str(refused.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        shards({NAME: str(tmp_path / "none")})


def test_server_named_twice_is_refused(dsn: str, other_dsn: str) -> None:
    require_shards((bank(other_dsn),), dsn, 16)
    with pytest.raises(SettingError, match="is the database of PGSTRIKE_DSN"):
        require_shards((bank(dsn),), dsn, 16)
    twins = bank(other_dsn), Shard("other", other_dsn, frozenset(["FINNIFTY"]))
    with pytest.raises(SettingError, match="bank and other are one database"):
        require_shards(twins, dsn, 16)


def test_shard_of_another_version_is_refused(dsn: str, other_dsn: str) -> None:
    with psycopg.connect(other_dsn, autocommit=True) as connection:
        connection.execute("DROP SCHEMA ops CASCADE")
    with pytest.raises(PgstrikeError, match=r"shard bank.* run `pgstrike upgrade`"):
        require_shards((bank(other_dsn),), dsn, 16)


def names(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT name FROM ops.api_keys() ORDER BY name")
        return [row[0] for row in found]


def test_keys_are_on_every_server(dsn: str, other_dsn: str, tmp_path: Path) -> None:
    quoted(dsn, 0, HOME)
    quoted(other_dsn, 0, SHARD)
    file = tmp_path / "shards.toml"
    environ = {"PGSTRIKE_DSN": dsn, NAME: str(file)}

    def run(*words: str) -> str | None:
        done = CliRunner().invoke(key, words, env=environ)
        return None if done.exception is None else str(done.exception)

    def lead_to(where: str) -> None:
        file.write_text(f'[bank]\ndsn = "{where}"\nsymbols = ["{SHARD}"]\n')

    lead_to(other_dsn)
    assert run("create", "both", "--symbols", f"{HOME},{SHARD}") is None
    assert names(dsn) == names(other_dsn) == ["both"]
    lead_to(f"{other_dsn} host=127.0.0.1 port=1")
    assert "shard bank" in str(run("create", "one"))
    assert names(dsn) == ["both"]
    assert "run this again" in str(run("revoke", "both"))
    assert (names(dsn), names(other_dsn)) == ([], ["both"])
    lead_to(other_dsn)
    assert run("revoke", "both") is None
    assert names(other_dsn) == []
    assert "no key both" in str(run("revoke", "both"))


def test_shard_with_too_many_listeners_is_refused(dsn: str, other_dsn: str) -> None:
    with pytest.raises(SettingError, match="0 hosts listen to shard bank"):
        require_shards((bank(other_dsn),), dsn, 0)
