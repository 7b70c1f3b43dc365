"""api.wire.frames: blocks that stand for themselves, whoever joins before which of them."""

import gzip
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgstrike.api.wire import sse
from pgstrike.api.wire.frames import (
    GZIP_HEADER,
    Burst,
    Coding,
    Frame,
    chunk,
    coding_of,
    gzip_end,
)
from tests.support.sse_reader import Dispatched, Parser

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor
else:
    from backports.zstd import ZstdDecompressor

CODINGS: tuple[Coding, ...] = ("identity", "gzip", "zstd")
TEXTS = st.lists(
    st.text(st.characters(codec="utf-8"), max_size=60), min_size=1, max_size=12
)
LINE_ENDS = str.maketrans({"\r": "\n"})


def decoded(coding: Coding, blocks: list[bytes]) -> list[bytes]:
    """What each block gives at once when it arrives."""
    if coding == "identity":
        return blocks
    if coding == "gzip":
        inflater = zlib.decompressobj(31)
        assert inflater.decompress(GZIP_HEADER) == b""
        return [inflater.decompress(block) for block in blocks]
    return [ZstdDecompressor().decompress(block) for block in blocks]


@settings(deadline=None, database=None)  # a shared machine stalls
@given(TEXTS, st.data())
def test_any_frame_comes_through_in_any_coding(
    texts: list[str], data: st.DataObject
) -> None:
    """From any frame on, cut anywhere, read by a parser that knows the WHATWG text only."""
    frames = [
        Frame(sse.frame(text, event="chain", id=f"e:{number}"))
        for number, text in enumerate(texts)
    ]
    first = data.draw(st.integers(0, len(texts) - 1))
    coding = data.draw(st.sampled_from(CODINGS))
    blocks = [frame.block(coding) for frame in frames]
    arrived = decoded(coding, blocks[first:])
    assert arrived == [frame.plain for frame in frames[first:]]
    sent, parser, found = b"".join(arrived), Parser(), []
    while sent:
        width = data.draw(st.integers(1, len(sent)))
        found += parser.feed(sent[:width])
        sent = sent[width:]
    assert found == [
        Dispatched("chain", normal(text), f"e:{number}")
        for number, text in enumerate(texts)
        if number >= first
    ]


def normal(text: str) -> str:
    """Each line end within data is a newline for the reader."""
    return text.replace("\r\n", "\n").translate(LINE_ENDS)


def test_a_block_is_made_once() -> None:
    frame = Frame(b"data: x\n\n")
    for coding in CODINGS:
        assert frame.block(coding) is frame.block(coding)
    burst = Burst([frame, frame], 7)
    assert burst.wire(("gzip", True)) is burst.wire(("gzip", True))
    assert burst.wire(("gzip", True)) == chunk(2 * frame.block("gzip"))
    assert burst.wire(("identity", False)) == burst.plain == 2 * frame.plain


def test_gzip_ends_properly() -> None:
    frames = [Frame(sse.frame(text)) for text in ("one", "two", "three")]
    plain = b"".join(frame.plain for frame in frames)
    blocks = b"".join(frame.block("gzip") for frame in frames)
    end = gzip_end(zlib.crc32(plain), len(plain))
    assert gzip.decompress(GZIP_HEADER + blocks + end) == plain


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0", "gzip"),
        ("gzip;q=0", "identity"),
        ("zstd; q=0.1", "zstd"),
        ("deflate, br", "identity"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "gzip"),
        ("gzip;q=0.5, zstd;q=0.4", "gzip"),
        ("gzip;q=0.5, identity", "identity"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("br, *;q=0", None),
        ("identity;q=0, gzip", "gzip"),
        ("zstd;q=2, gzip;q=nan", "identity"),
        (None, "identity"),
        ("gzip;q=nonsense", "identity"),
        ("identity", "identity"),
    ],
)
def test_coding_is_one_that_is_accepted(
    accepted: str | None, coding: Coding | None
) -> None:
    assert coding_of(accepted) == coding
