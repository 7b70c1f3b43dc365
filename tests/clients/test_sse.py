"""The parsers of both clients, and the one of the tests, against the WHATWG text."""

import pytest

from pgstrike_client import Event
from pgstrike_client.sse import Parser
from tests.support import sse_reader
from tests.support.client_reading import needs_node, node

CASES = [
    (b"data: a\n\n", [("message", "a", "")]),
    (b"data: a\r\rdata: b\r\n\r\n", [("message", "a", ""), ("message", "b", "")]),
    (b"\xef\xbb\xbfdata: a\n\n", [("message", "a", "")]),
    (b"\n\xef\xbb\xbfdata: a\n\n", []),
    (b": comment\n:\ndata:  a\ndata\ndata:b\n\n", [("message", " a\n\nb", "")]),
    (b"event: x\nid: 1\n\ndata: a\n\n", [("message", "a", "1")]),
    (
        b"id: 1\ndata: a\n\nid\ndata: b\n\n",
        [("message", "a", "1"), ("message", "b", "")],
    ),
    (b"id: 1\nid: 2\0\ndata: a\n\n", [("message", "a", "1")]),
    (b"Data: a\n data: b\n\n", []),
    (b"data: a\n", []),
    (b"data\n\n", [("message", "", "")]),
    (b"data: \xe2\x82\xac \xff\n\n", [("message", "\u20ac \ufffd", "")]),
    (b"event: t\rdata: a\r\n\r\n\ndata: b\n\n", [("t", "a", ""), ("message", "b", "")]),
]


PARSERS = pytest.mark.parametrize(
    "make", [Parser, sse_reader.Parser], ids=["client", "tests"]
)
Make = type[Parser] | type[sse_reader.Parser]


@PARSERS
@pytest.mark.parametrize(("sent", "expected"), CASES)
def test_dispatched_however_it_is_cut(
    make: Make, sent: bytes, expected: list[tuple[str, str, str]]
) -> None:
    assert make().feed(sent) == expected
    for at in range(len(sent) + 1):
        parser = make()
        assert [*parser.feed(sent[:at]), *parser.feed(sent[at:])] == expected, at
    parser = make()
    assert [each for byte in sent for each in parser.feed(bytes([byte]))] == expected


@PARSERS
def test_cr_dispatches_without_waiting_for_what_follows(make: Make) -> None:
    assert make().feed(b"data: a\r\r") == [("message", "a", "")]


@PARSERS
@pytest.mark.parametrize("value", ["", "1.5", "-1", "1s", "\u0661"])
def test_retry_other_than_digits_is_ignored(make: Make, value: str) -> None:
    parser = make()
    parser.feed(f"retry: 70\nretry: {value}\n".encode())
    assert parser.retry == 70


def test_retry_that_nobody_means_is_ignored() -> None:
    parser = Parser()
    parser.feed(f"retry: 70\nretry: {'9' * 5000}\n".encode())
    assert parser.retry == 70


@PARSERS
def test_id_counts_only_once_its_block_has_ended(make: Make) -> None:
    parser = make()
    parser.feed(b"id: 1\n\nid: 2\n")
    assert parser.last_id == "1"


def test_frame_without_an_id_keeps_the_one_given() -> None:
    parser = Parser("a:1")
    assert parser.feed(b"data: x\n\n") == [Event("message", "x", "a:1")]
    assert not parser.has_id


@needs_node
async def test_parser_in_javascript_dispatches_the_same() -> None:
    pieces, expected = [], []
    for sent, events in CASES:
        for at in range(len(sent) + 1):
            pieces.append([sent[:at].hex(), sent[at:].hex()])
            expected.append([list(event) for event in events])
    assert await node("parse", pieces) == expected
