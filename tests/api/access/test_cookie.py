"""api.access.cookie: what is signed, what is no cookie of ours, and how a browser keeps it."""

import hashlib

import pytest
from aiohttp import web

from pgstrike.api.access.cookie import (
    NAME,
    Cookies,
    digest_of_key,
    hash_of_id,
    new_id,
    set_cookie,
)
from pgstrike.api.access.sessions import Session

COOKIES = Cookies("the secret")


def test_signature_is_of_the_whole_id() -> None:
    session_id = new_id()
    value = COOKIES.value(session_id)
    assert COOKIES.session_id(value) == session_id
    for place, letter in enumerate(value[:-1]):  # of the last one not all bits count
        other = "x" if letter != "x" else "y"
        changed = value[:place] + other + value[place + 1 :]
        assert COOKIES.session_id(changed) is None, place


def test_signature_of_another_id_is_none() -> None:
    values = [COOKIES.value(new_id()).split(".") for _ in "12"]
    assert COOKIES.session_id(f"{values[0][0]}.{values[1][1]}") is None


@pytest.mark.parametrize(
    "id",
    ["", "short", "x" * 42, "x" * 44, "\u00e9" * 43, "x" * 42 + " ", "x" * 40 + "..."],
)
def test_only_an_id_is_in_a_cookie(id: str) -> None:
    """Whoever signed it."""
    assert COOKIES.session_id(COOKIES.value(id)) is None


def test_text_that_is_no_cookie_is_none() -> None:
    value = COOKIES.value(new_id())
    for text in (
        "",
        ".",
        value[:-1],
        value + "x",
        value + "\n",
        value.partition(".")[0],
    ):
        assert COOKIES.session_id(text) is None


def test_ids_are_long_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000 and {len(id) for id in ids} == {43}


def test_database_knows_a_session_by_its_hash() -> None:
    assert hash_of_id("an id") == hashlib.sha256(b"an id").digest()


def test_session_is_of_one_id_and_one_key() -> None:
    digest = digest_of_key("id", b"key")
    session = Session(hash_of_id("id"), "a", digest, "later", 1, 1)
    assert session.is_of("id", b"key")
    assert not session.is_of("id", b"other")
    assert not session.is_of("other", b"key")
    assert digest not in (b"key", hash_of_id("id"))


@pytest.mark.parametrize("secure", [True, False])
def test_browser_keeps_it_as_long_as_the_session_holds(secure: bool) -> None:
    response = web.Response()
    set_cookie(response, "value", 43_200.9, secure=secure)
    cookie = response.cookies[NAME]
    assert cookie.value == "value"
    assert int(cookie["max-age"]) == 43_200
    assert cookie["httponly"] and cookie["samesite"] == "Strict"
    assert bool(cookie["secure"]) == secure
    assert cookie["path"] == "/" and not cookie["domain"]
