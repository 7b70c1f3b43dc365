"""Which format a file has, by its first bytes; its name is only a hint."""

import csv
import os
import re
from collections.abc import Sequence
from typing import Literal

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed import kite
from pgstrike.jobs.feed.column_map import ColumnMap
from pgstrike.jobs.feed.documents import RECORDED, SPOKEN
from pgstrike.jobs.feed.nse_csv import NAMES

Kind = Literal["ndjson", "nse_csv", "nse_page", "kite_csv", "csv", "json", "parquet"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PARQUET = b"PAR1"
UNPACK = "unpack it first"
# Files that are not feeds, by their first bytes, and what to do with them.
OTHERS = (
    (b"PK\x03\x04", "a ZIP archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ", "an xz archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"%PDF", "a PDF document", "give a recorded feed"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as CSV"),
    (b"SQLite format 3", "an SQLite database", "export its table as CSV"),
    (b"\x89HDF", "an HDF5 file", "save it as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy array", "save it as Parquet or CSV"),
    (b"ARROW1", "an Arrow file", "save it as Parquet"),
    (b"\x80\x04", "a Python pickle", "save it as Parquet or CSV"),
    (b"\x80\x05", "a Python pickle", "save it as Parquet or CSV"),
    (b"\x89PNG", "a PNG image", "give a recorded feed"),
    (b"\xff\xd8\xff", "a JPEG image", "give a recorded feed"),
    (b"\xff\xfe", "text in UTF-16", "save it in UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it in UTF-8"),
)
WORKBOOK = (b"xl/", b"[Content_Types].xml")
MAP = "say what its columns are, with --map FILE.toml"
QUOTE_KEYS = re.compile(rb'"quote_time"')
NDJSON_NAMES = (".ndjson", ".jsonl")


def kind_of(path: str, head: bytes, by: ColumnMap | None) -> Kind:
    """The kind of a file that begins so; a FeedError names what it is where it is none."""
    if head.startswith(PARQUET):
        return "parquet"
    refuse_binary(head)
    text = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if not text:
        raise FeedError("the file is empty; record the feed again")
    extension = os.path.splitext(path.removesuffix(".gz"))[1].lower()
    if text.startswith(b"<"):
        is_page = re.match(rb"<(!doctype html|html)", text, re.IGNORECASE)
        what = "an HTML page" if is_page else "XML"
        raise FeedError(f"{what}, not an option chain; the site refused, or it moved")
    if QUOTE_KEYS.search(text) and text.startswith(b"{"):
        return "ndjson"
    first = text.partition(b"\n")[0].decode("utf-8", "replace")
    if text[:1] in (b"{", b"[") or SPOKEN.match(first) or RECORDED.match(first):
        return "ndjson" if extension in NDJSON_NAMES and not has_body(text) else "json"
    if extension in NDJSON_NAMES:
        return "ndjson"
    if by and by.columns:
        return "csv"
    return kind_of_table(text)


def has_body(text: bytes) -> bool:
    """Whether JSON has the keys of a body that we know."""
    keys = rb'"(records|call_options|put_options|oc|details|jsonrpc|instrument_token)"'
    return bool(re.search(keys, text))


def refuse_binary(head: bytes) -> None:
    """Refuse a file that is not text."""
    for magic, what, do in OTHERS:
        if head.startswith(magic):
            if magic == OTHERS[0][0] and any(name in head[:4096] for name in WORKBOOK):
                what, do = "an Excel workbook", "save it as CSV"
            raise FeedError(f"{what}, not a feed; {do}")
    if b"\0" in head:
        raise FeedError(
            "a binary file of a kind that is not known; give a recorded feed"
        )


def kind_of_table(text: bytes) -> Kind:
    """Which table a text is, by its first two lines."""
    lines = [row(line) for line in text.split(b"\n", 2)[:2]]
    header, second = lines[0], [name.upper() for name in lines[-1]]
    names = {*header}
    if any(name.startswith("STRIKE") for name in second) and "CHNG IN OI" in second:
        return "nse_page"
    if len(names & {*NAMES}) > len(NAMES) // 3:
        return "nse_csv"
    if {"instrument_type", "lot_size", "tradingsymbol"} <= names and not (
        {"oi", "depth"} & names
    ):
        raise FeedError(
            "Kite's list of instruments; load it with `pgstrike instrument load`"
        )
    if kite.fits_header(names):
        return "kite_csv"
    if {"strike", "expiry", "quote_time"} <= names:
        return "csv"
    raise FeedError(unknown_text(lines, text))


def unknown_text(lines: Sequence[list[str]], text: bytes) -> str:
    """What to say of text in no known format."""
    header, second = lines[0], lines[-1]
    if len(header) < 2 or abs(len(header) - len(second)) > 1:
        shown = text.partition(b"\n")[0][:40].decode("utf-8", "replace")
        return (
            f"text that is neither CSV nor JSON (it begins with {shown!r}); "
            "give a recorded feed, or its delimiter in --map FILE.toml"
        )
    more = ", ..." if len(header) > 12 else ""
    return (
        f"a CSV of a layout that is not known ({', '.join(header[:12])}{more}); {MAP}"
    )


def row(line: bytes) -> list[str]:
    """The cells of a line, as far as it is CSV."""
    text = line[:100_000].decode("utf-8", "replace").strip().replace("\r", " ")
    try:
        cells = next(csv.reader([text]), [])
    except csv.Error:
        return []
    return [cell.replace("\xa0", " ").strip() for cell in cells]
