"""What each kind of feed can be asked for: it is made, without its source or a secret."""

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.live.trying import check_asked


def check(kind: str, options: dict[str, str], *symbols: str) -> None:
    check_asked(kind, Asked("mine", symbols or ("NIFTY",), options, lambda _: ""))


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("kit", {}, "no kind of feed 'kit'; there is deribit, dhan"),
        ("kite", {"expiry": "2"}, "no option expiry; it has lot, expiries, strikes"),
        ("kite", {"expiries": "two"}, "expiries is 'two'; give a number such as 2"),
        ("kite", {"lot": "x"}, "lot is 'x'; give 75, or NIFTY=75"),
        ("upstox", {"strikes": "30"}, "strikes is '30'; give all, or atm:30"),
        ("dhan", {"mode": "chain", "strikes": "all"}, "leave the option strikes out"),
        ("massive", {"interval": "0"}, "give whole seconds from 1 to 3600"),
        ("massive", {"indices": "SPX"}, "SPX, which is no symbol of this feed"),
        ("folder", {}, "folder needs the option path"),
        ("folder", {"path": "/", "map": "/no.toml"}, "cannot read /no.toml"),
        ("redis", {"legs": "1"}, "legs is '1'; give yes or no"),
        ("redis-stream", {}, "give the option streams=NAME,..."),
        ("redis-stream", {"streams": "a", "from": "0"}, "give first or new"),
        ("websocket", {}, "give the option url=wss://HOST/PATH"),
        ("websocket", {"url": "https://x.example"}, "write url=wss://HOST/PATH"),
        ("websocket", {"url": "wss://"}, "the address is none"),
        ("websocket", {"url": "ws://x.example", "login": "yes"}, "is not encrypted"),
        ("deribit", {"url": "www.deribit.com"}, "write url=wss://HOST/PATH"),
    ],
)
def test_options_that_cannot_work_are_refused(
    kind: str, options: dict[str, str], says: str
) -> None:
    with pytest.raises(FeedError) as found:
        check(kind, options)
    assert says in str(found.value)


def test_symbol_that_the_source_cannot_have_is_refused() -> None:
    with pytest.raises(FeedError, match=r"no options of BRK\.B; write BTC"):
        check("deribit", {}, "BTC", "BRK.B")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("deribit", {}),
        ("dhan", {"mode": "chain", "expiries": "1"}),
        ("folder", {"path": "/nowhere", "still": "0.5"}),
        ("kite", {"lot": "NIFTY=75 BANKNIFTY=35", "strikes": "all"}),
        ("massive", {"interval": "5", "indices": "NIFTY"}),
        ("redis", {"channels": "a,b*"}),
        ("redis-stream", {"streams": "a", "from": "new"}),
        ("upstox", {"strikes": "atm:10"}),
        ("websocket", {"url": "wss://x.example/q", "login": "yes"}),
    ],
)
def test_options_that_can_work_are_taken(kind: str, options: dict[str, str]) -> None:
    check(kind, options)


def test_fault_of_a_plug_in_names_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(asked: Asked) -> None:
        raise KeyError("swing")

    monkeypatch.setattr("pgstrike.jobs.live.trying.plugin_of", lambda kind: make)
    with pytest.raises(
        FeedError, match=r"KeyError at test_trying.py:\d+; mend the plug"
    ):
        check("sine", {})
