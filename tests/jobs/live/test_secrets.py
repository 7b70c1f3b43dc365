"""Secrets of feeds: where they come from, and that they are shown nowhere."""

from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.secrets import Secrets


def test_a_secret_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    secrets = Secrets({"TOKEN_FILE": str(path)})
    for day in ("monday-token", "tuesday-token"):
        path.write_text(day + "\n")
        assert secrets("TOKEN") == day
    assert secrets.hide("monday-token, tuesday-token") == "***, ***"


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "TOKEN is not set"),
        ({"TOKEN": "  "}, "TOKEN is not set"),
        ({"TOKEN_FILE": "/nowhere"}, "TOKEN_FILE cannot be read"),
        ({"TOKEN": "one\ntwo"}, "TOKEN is no single line"),
    ],
)
def test_the_variable_that_is_wrong_is_named(
    environ: dict[str, str], says: str
) -> None:
    with pytest.raises(FeedError, match=says) as caught:
        Secrets(environ)("TOKEN")
    assert "two" not in str(caught.value)


def test_hidden_in_parts_as_a_url_writes_it_and_in_bytes() -> None:
    secrets = Secrets({"TOKEN": "user-key-1:token/word+2"})
    secrets("TOKEN")
    text = "user-key-1 token/word+2 user-key-1%3Atoken%2Fword%2B2 token%2Fword%2B2"
    assert secrets.hide(text) == "*** *** *** ***"
    data = b"\x00\x0atoken/word+2\x01"
    assert secrets.hide_bytes(data) == b"\x00\x0a" + b"*" * 12 + b"\x01"
