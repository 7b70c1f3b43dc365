"""Codes that sign a browser in once: a row of job.sign_in_code, and the link that holds one.

A code stands in the fragment of a URL, which a browser sends to no server and no log sees.
"""

import hashlib
import secrets

import psycopg

from pgstrike.db.queries import query


def sign_in_link(address: str, key_name: str, connection: psycopg.Connection) -> str:
    """The dashboard's URL with a new code, which signs in with that key within 10 minutes."""
    code = secrets.token_urlsafe(32)
    values = {"code_hash": hash_of_code(code), "key_name": key_name}
    connection.execute(query("add_sign_in_code"), values)
    return f"{address.rstrip('/')}/#code={code}"


def hash_of_code(code: str) -> bytes:
    """The stored form of a code, which is random and long."""
    return hashlib.sha256(code.encode("utf-8", "surrogateescape")).digest()
