"""api.wire.sse, against a parser written from the WHATWG text."""

import random

import pytest

from pgstrike.api.wire import sse
from tests.support.sse_reader import Dispatched, Parser


def test_frame_to_the_letter() -> None:
    assert sse.frame("a\nb", event="chain", id="e:1") == (
        b"id: e:1\nevent: chain\ndata: a\ndata: b\n\n"
    )
    assert sse.frame("") == b"data: \n\n"
    assert sse.retry(2000) == b"retry: 2000\n\n"
    assert sse.position("e:1", comment="heartbeat") == b": heartbeat\nid: e:1\n\n"


def test_position_dispatches_nothing() -> None:
    parser = Parser()
    assert parser.feed(sse.position("e:7", comment="heartbeat")) == []
    assert parser.last_id == "e:7"
    assert parser.feed(sse.frame("x")) == [Dispatched("message", "x", "e:7")]


@pytest.mark.parametrize("value", ["a\nb", "a\r\nb", "a\rb", "a\0b"])
def test_id_and_event_hold_one_line(value: str) -> None:
    parser = Parser()
    [event] = parser.feed(sse.frame("x", event=value, id=value))
    assert event == Dispatched("ab", "x", "ab")


@pytest.mark.parametrize("seed", range(20))
def test_any_data_comes_through(seed: int) -> None:
    chance = random.Random(seed)
    letters = ["a", " ", ":", "\n", "\r", "\r\n", "{", "data: ", "\N{RUPEE SIGN}", "\0"]
    texts = [
        "".join(chance.choices(letters, k=chance.randrange(12))) for _ in range(50)
    ]
    sent = b"".join(
        sse.frame(text, event="t", id=str(n)) for n, text in enumerate(texts)
    )
    parser, got, at = Parser(), [], 0
    while at < len(sent):
        width = chance.randrange(1, 40)
        got += parser.feed(sent[at : at + width])
        at += width
    expected = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    assert [event.data for event in got] == expected
    assert [event.last_id for event in got] == [str(n) for n in range(len(texts))]
