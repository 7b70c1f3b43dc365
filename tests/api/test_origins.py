"""api.origins: the origins of PGSTRIKE_CORS_ORIGINS, as browsers send them."""

import pytest

from pgstrike.api.origins import parse_origins
from pgstrike.db.errors import SettingError


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", set()),
        (" , ,", set()),
        ("http://localhost:3000", {"http://localhost:3000"}),
        (
            " https://desk.example.org ,http://10.0.0.5:8080,",
            {"https://desk.example.org", "http://10.0.0.5:8080"},
        ),
        ("HTTPS://Desk.Example.org:443", {"https://desk.example.org"}),
        ("http://a:80,http://a:443", {"http://a", "http://a:443"}),
        ("https://a:80", {"https://a:80"}),
        ("http://[::1]:3000", {"http://[::1]:3000"}),
        ("http://[0:0::1]", {"http://[::1]"}),
        ("https://xn--bcher-kva.example", {"https://xn--bcher-kva.example"}),
    ],
)
def test_origins_are_those_that_browsers_send(text: str, origins: set[str]) -> None:
    assert parse_origins(text) == origins


@pytest.mark.parametrize(
    "word",
    [
        "*", "null", "localhost", "localhost:3000", "//a", "https://", "https://*",
        "https://*.example.org", "http://a/", "http://a/b", "http://a?", "http://a#",
        "http://u@a", "http://a:0", "http://a:70000", "http://a:x",
        "http://[::1", "http://[x]", "http://a b", "http://a\tb", "http://-a", "ftp://a",
        "file://a", "http://b\u00fccher.example", "http://a;http://b", "http://" + "a/" * 99,
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused_in_one_line(word: str) -> None:
    with pytest.raises(SettingError, match="set it to origins") as refused:
        parse_origins(f"https://right.example,{word}")
    message = str(refused.value)
    assert "PGSTRIKE_CORS_ORIGINS" in message
    assert len(message.splitlines()) == 1 and len(message) < 300
