"""What a feed may be asked for: never a secret, for options are shown to readers."""

import json

import psycopg
import pytest

SET = "SELECT ops.set_feed('mine', 'websocket', '{NIFTY}', %s::jsonb, 1, TRUE)"


def set_url(connection: psycopg.Connection, url: str) -> None:
    connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange) VALUES ('NIFTY', 'NSE')"
        " ON CONFLICT DO NOTHING"
    )
    connection.execute(SET, [json.dumps({"url": url})])


@pytest.mark.parametrize(
    "url",
    [
        "ws://user:pw@127.0.0.1:1/x",
        "ws://127.0.0.1:1/x?token=s3cr3t",
        "wss://feeds.example/x?a=1&API_KEY=2",
        "https://feeds.example/x?signature=3",
    ],
)
def test_address_with_a_secret_is_refused(
    connection: psycopg.Connection, url: str
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="a secret in it"):
        set_url(connection, url)
    assert connection.execute("SELECT FROM job.feed").fetchall() == []


def test_option_that_is_no_text_is_refused(connection: psycopg.Connection) -> None:
    with pytest.raises(
        psycopg.errors.InvalidParameterValue, match="expiries is no tex"
    ):
        connection.execute(SET, [json.dumps({"url": "wss://x", "expiries": 2})])
    assert connection.execute("SELECT FROM job.feed").fetchall() == []


@pytest.mark.parametrize(
    "url",
    [
        "wss://feeds.example/quotes?symbols=NIFTY,BANKNIFTY",
        "redis://127.0.0.1:6379/0",
        "https://feeds.example/a@b",
    ],
)
def test_other_addresses_are_kept(connection: psycopg.Connection, url: str) -> None:
    set_url(connection, url)
    [(options,)] = connection.execute("SELECT options FROM job.feed").fetchall()
    assert options == {"url": url}
