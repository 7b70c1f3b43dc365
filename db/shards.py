"""The file that PGSTRIKE_SHARDS names: Postgres servers besides the one of PGSTRIKE_DSN.

[bank]
dsn = "postgresql://pgstrike@bank.example/pgstrike"
symbols = ["BANKNIFTY", "FINNIFTY"]
"""

import contextlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pgstrike.db.errors import DatabaseError, SettingError, database_errors

NAME = "PGSTRIKE_SHARDS"
HOME = "home"  # the server of PGSTRIKE_DSN; it has every symbol that no shard names
MEMBERS = {"dsn", "symbols"}


class Shard(NamedTuple):
    """A server besides the home server, and the symbols that live on it alone."""

    name: str
    dsn: str
    symbols: frozenset[str]

    def __repr__(self) -> str:
        return f"<shard {self.name}>"  # a password in the DSN is for no log


@contextlib.contextmanager
def errors_of(shard: Shard) -> Iterator[None]:
    """Errors of the driver become ours, which name the shard in place of PGSTRIKE_DSN."""
    try:
        with database_errors(f"of shard {shard.name}"):
            yield
    except DatabaseError as error:
        where = f"the dsn of [{shard.name}] in the file of {NAME}"
        says = str(error).replace("PGSTRIKE_DSN", where)
        prefix = "" if f"shard {shard.name}" in says else f"shard {shard.name}: "
        raise DatabaseError(f"{prefix}{says}", error.code) from error


def shards(environ: Mapping[str, str]) -> tuple[Shard, ...]:
    """The shards in the order of the file; none where the setting is unset."""
    path = environ.get(NAME)
    if not path:
        return ()
    try:
        tables = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise SettingError(
            f"{NAME} names {path[:200]!r}, which cannot be read ({error.strerror}); "
            "set it to the path of a TOML file"
        ) from None
    except ValueError as error:  # its text would show no value of the file
        raise SettingError(
            f"{NAME} names {path[:200]!r}, which is no TOML ({error}); mend the file"
        ) from None
    found = tuple(shard_of(name, table) for name, table in tables.items())
    refuse_twins(found)
    return found


def shard_of(name: str, table: Any) -> Shard:
    if not is_text(name) or name == HOME:
        raise SettingError(
            f"{NAME}: a server may not be named {name[:200]!r}; give it a printable name "
            f"other than {HOME}, which is the server of PGSTRIKE_DSN"
        )
    has_members = isinstance(table, dict) and table.keys() == MEMBERS
    if not (has_members and is_text(table["dsn"]) and are_texts(table["symbols"])):
        raise SettingError(
            f"{NAME}: [{name}] has to have `dsn`, a text, and `symbols`, a list of at "
            "least one text, and nothing else"
        )
    return Shard(name, table["dsn"], frozenset(table["symbols"]))


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable()


def are_texts(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(map(is_text, values))


def refuse_twins(found: tuple[Shard, ...]) -> None:
    shard_by_symbol: dict[str, str] = {}
    for shard in found:
        for symbol in sorted(shard.symbols):
            other = shard_by_symbol.setdefault(symbol, shard.name)
            if other != shard.name:
                raise SettingError(
                    f"{NAME}: symbol {symbol} is of [{other}] and of [{shard.name}]; "
                    "name it once"
                )
