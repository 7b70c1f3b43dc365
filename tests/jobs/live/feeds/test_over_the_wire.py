"""Kite and Upstox through a real wire, from a server that misbehaves, and from a recording."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.feeds import kite, listed, upstox
from pgstrike.jobs.live.plugin import Asked, Feed, RefusedError, Updates, Wire
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import live_wires, replay_wires
from tests.support.feed_acts import close, cut, flood, half, refuse, send
from tests.support.feed_server import Answer as Sent
from tests.support.feed_server import FeedServer, Script, json_answer
from tests.support.kite_messages import Tick, full_packet, index_packet, message
from tests.support.kite_script import NIFTY, SPOT, token
from tests.support.kite_script import dump as kite_dump
from tests.support.upstox_messages import FIRST, alone, entry, response, with_greeks

SECRETS = {
    "KITE_API_KEY": "key-of-kite",
    "KITE_ACCESS_TOKEN": "token-of-kite",
    "UPSTOX_TOKEN": "token-of-upstox",
}
FAR = "2099-01-06"  # of an expiry that is not over while this is tested
TICKS = message([index_packet(Tick(NIFTY, ltp=2_461_500)), full_packet(Tick(token(1)))])
UPSTOX_INDEX = "NSE_INDEX|Nifty 50"


def kite_server(*scripts: Script) -> FeedServer:
    return FeedServer(
        sockets={"/": scripts},
        answers={
            "/quote/ltp": [json_answer(SPOT)],
            "/instruments": [Sent(200, kite_dump([FAR], [24600]))],
        },
    )


def upstox_server(*scripts: Script) -> FeedServer:
    """Its list has one call; the address of its socket is set once it is known."""
    price = {"X": {"last_price": 24612.0, "instrument_token": UPSTOX_INDEX}}
    call = {"instrument_key": "C", "market_data": {"ltp": 90.5, "oi": 1425.0}}
    chain = {
        "underlying_key": UPSTOX_INDEX,
        "underlying_spot_price": 24612.0,
        "call_options": call,
    }
    option = {
        "segment": "NSE_FO",
        "expiry": FAR,
        "instrument_type": "CE",
        "underlying_symbol": "NIFTY",
        "underlying_key": UPSTOX_INDEX,
        "instrument_key": "C",
        "lot_size": 75,
        "tick_size": 5.0,
        "strike_price": 24600.0,
    }
    return FeedServer(
        sockets={"/feeds": scripts},
        answers={
            "/complete.json.gz": [json_answer([option])],
            "/v3/market-quote/ltp": [json_answer({"data": price})],
            "/v2/option/chain": [json_answer({"data": [chain]})],
        },
    )


def point_at(monkeypatch: pytest.MonkeyPatch, address: str, server: FeedServer) -> None:
    """Let both feeds ask this server."""
    socket = address.replace("http", "ws")
    monkeypatch.setattr(kite, "API", address)
    monkeypatch.setattr(kite, "SOCKET", f"{socket}/")
    monkeypatch.setattr(upstox, "API", address)
    monkeypatch.setattr(upstox, "LIST", f"{address}/complete.json.gz")
    said = {"data": {"authorized_redirect_uri": f"{socket}/feeds?code=only-once"}}
    server.answers["/v3/feed/market-data-feed/authorize"] = [json_answer(said)]


def asked(secrets: Secrets) -> Asked:
    return Asked("one", ["NIFTY"], {"strikes": "all"}, secrets)


async def connection(feed: Feed, wire: Wire) -> AsyncIterator[Updates]:
    contracts = await feed.contracts(wire)
    async for item in feed.updates(wire, contracts):
        assert isinstance(item, Updates)
        yield item


async def told(
    feed: Feed, wire: Wire
) -> tuple[list[Mapping[str, object]], Exception | None]:
    """What one connection brings until its end, and the error that it ends with."""
    found: list[Mapping[str, object]] = []
    async with aclosing(connection(feed, wire)) as updates:
        try:
            async for each in updates:
                reasons = [reject.reason for reject in each.rejects]
                found.append({"ltp": each.rows["ltp"].tolist(), "rejects": reasons})
        except (FeedError, OSError) as error:
            return found, error
    return found, None


WHOLE = {"ltp": [24615.0, 95.1], "rejects": []}
CASES: Sequence[tuple[Script, list[Mapping[str, object]], type[Exception] | None]] = [
    ([send(TICKS), close()], [WHOLE], None),
    ([send(TICKS, b"\0", TICKS), cut()], [WHOLE, WHOLE], OSError),
    ([send(TICKS), half(TICKS), cut()], [WHOLE], OSError),
    (
        [send(TICKS[:-100], TICKS), close()],
        [{"ltp": [24615.0], "rejects": ["malformed"]}, WHOLE],
        None,
    ),
    ([flood([TICKS], 200), close()], [WHOLE] * 200, None),
    ([send('{"type": "order", "data": {}}', TICKS), close()], [WHOLE], None),
    (refuse(403, "TokenException"), [], RefusedError),
]


@pytest.mark.parametrize(("script", "brings", "ends"), CASES)
async def test_kite_brings_all_that_is_whole(
    monkeypatch: pytest.MonkeyPatch,
    script: Script,
    brings: list[Mapping[str, object]],
    ends: type[Exception] | None,
) -> None:
    server, secrets = kite_server(script), Secrets(SECRETS)
    async with server.running() as address:
        point_at(monkeypatch, address, server)
        async with live_wires(secrets)("one") as wire:
            found, error = await told(kite.kite(asked(secrets)), wire)
    assert found == brings
    assert error is None if ends is None else isinstance(error, ends)
    assert "token-of-kite" not in str(error)


async def test_upstox_brings_its_chain_and_then_ticks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = response(
        entry(UPSTOX_INDEX, alone({"ltp": 24615.0})), entry("C", with_greeks(FIRST))
    )
    server = upstox_server([send(ticks[:-30], ticks), close()])
    secrets = Secrets(SECRETS)
    async with server.running() as address:
        point_at(monkeypatch, address, server)
        async with live_wires(secrets)("one") as wire:
            found, error = await told(upstox.upstox(asked(secrets)), wire)
    assert error is None
    assert found == [
        {"ltp": [24612.0, 90.5], "rejects": []},
        {"ltp": [], "rejects": ["malformed"]},
        WHOLE,
    ]
    opened = next(heard for heard in server.heard if heard.path == "/feeds")
    assert opened.query == {"code": "only-once"}


async def test_token_that_dies_is_refused_until_it_is_renewed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text("token-of-monday")
    environ = {"KITE_API_KEY": "key-of-kite", "KITE_ACCESS_TOKEN_FILE": str(path)}
    server, secrets = kite_server([send(TICKS), close()]), Secrets(environ)
    server.tokens = {"token-of-monday"}
    async with server.running() as address:
        point_at(monkeypatch, address, server)
        for tokens, text, error in (
            ({"token-of-monday"}, "token-of-monday", None),
            ({"token-of-tuesday"}, "token-of-monday", RefusedError),
            ({"token-of-tuesday"}, "token-of-tuesday", None),
        ):
            server.tokens = tokens
            path.write_text(text)
            async with live_wires(secrets)("one") as wire:
                _, found = await told(kite.kite(asked(secrets)), wire)
            assert error is None if found is None else isinstance(found, RefusedError)
            assert (found is None) == (error is None)


async def test_recording_has_no_secret_and_plays_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, secrets = (
        kite_server([send(TICKS, TICKS[:-100]), close()]),
        Secrets(SECRETS),
    )
    async with server.running() as address:
        point_at(monkeypatch, address, server)
        async with live_wires(secrets, tmp_path)("one") as wire:
            live, _ = await told(kite.kite(asked(secrets)), wire)
    monkeypatch.setattr(listed, "KEPT", {})  # as in another process
    async with replay_wires(tmp_path)("one") as wire:
        played, _ = await told(kite.kite(asked(secrets)), wire)
    assert played == live != []
    assert not any(b"token-of-kite" in data for data in files_of(tmp_path))


def files_of(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
