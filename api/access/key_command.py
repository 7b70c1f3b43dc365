"""`python -m api key`: who may read, as rows of job.api_key."""

import argparse
import secrets
import sys

import psycopg

from pgstrike.api.access.keys import hash_of
from pgstrike.api.access.logins import end_login, make_login
from pgstrike.api.events.event import TOPICS
from pgstrike.db.errors import SettingError
from pgstrike.db.options import text_option
from pgstrike.db.queries import query

PREFIX = "pgs_"  # so that a key is known for one where it should not be


def add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    key = commands.add_parser("key", help="create, list and revoke readers' keys")
    actions = key.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="print a new key, once")
    create.add_argument("name", type=text_option, metavar="NAME")
    create.add_argument("--symbols", type=words, help="NIFTY,BANKNIFTY (default: all)")
    create.add_argument("--topics", type=words, help="chain,metrics (default: all)")
    create.add_argument("--streams", type=int, help="how many may be open at once")
    create.add_argument("--admin", action="store_true", help="may see the server too")
    revoke = actions.add_parser("revoke", help="end a key, its streams and login")
    revoke.add_argument("name", type=text_option, metavar="NAME")
    login = actions.add_parser("login", help="let a key's name into psql, once")
    login.add_argument("name", type=text_option, metavar="NAME")
    login.add_argument(
        "--connections", type=int, default=10, help="how many at once (default: 10)"
    )
    actions.add_parser("list", help="the keys, without what they are")


def words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def run(options: argparse.Namespace, connection: psycopg.Connection) -> None:
    match options.action:
        case "create":
            create(options, connection)
        case "revoke":
            revoke(options.name, connection)
        case "login":
            login(options, connection)
        case "list":
            for row in connection.execute(query("list_api_keys")):
                sys.stdout.write("  ".join(row).rstrip() + "\n")


def create(options: argparse.Namespace, connection: psycopg.Connection) -> None:
    refuse_unknown("topic", options.topics, TOPICS)
    known = [row[0] for row in connection.execute(query("known_symbols"))]
    refuse_unknown("symbol", options.symbols, known)
    key = PREFIX + secrets.token_urlsafe(32)
    values = {
        "name": options.name,
        "key_hash": hash_of(key),
        "symbols": options.symbols,
        "topics": options.topics,
        "is_admin": options.admin,
        "streams": options.streams,
    }
    try:
        connection.execute(query("add_api_key"), values)
    except psycopg.errors.UniqueViolation:
        raise SettingError(
            f"there is a key {options.name}, in force or revoked; take another name"
        ) from None
    except psycopg.errors.CheckViolation:
        raise SettingError(
            f"--streams or the name {options.name!r} cannot be; give a number from 0, and"
            " small letters, digits, _ . and -"
        ) from None
    sys.stdout.write(f"{key}\n")


def refuse_unknown(
    what: str, sent: list[str] | None, known: "list[str] | tuple[str, ...]"
) -> None:
    for word in sent or ():
        if word not in known:
            raise SettingError(
                f"unknown {what} {word}; give some of {', '.join(known)}"
            )


def revoke(name: str, connection: psycopg.Connection) -> None:
    """End the key, and its login: also one that an earlier try could not end."""
    is_revoked = connection.execute(query("revoke_api_key"), [name]).rowcount
    if connection.execute(query("has_api_key"), [name]).rowcount:
        end_login(name, connection)
    if not is_revoked:
        raise SettingError(f"no key {name} is in force; see `python -m api key list`")


def login(options: argparse.Namespace, connection: psycopg.Connection) -> None:
    name = options.name
    if name not in [row[0] for row in connection.execute(query("api_keys"))]:
        raise SettingError(f"no key {name} is in force; `python -m api key create` it")
    sys.stdout.write(f"{make_login(name, options.connections, connection)}\n")
