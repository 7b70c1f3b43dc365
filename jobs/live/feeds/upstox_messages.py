"""Upstox's Protobuf messages (market data feed, v3), and what they say of contracts.

Protobuf leaves a figure of 0 out. So a missing price, OI or IV is no news: the last one stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from pgstrike.jobs.feed.check import MOST
from pgstrike.jobs.feed.times import DAY, IST_OFFSET
from pgstrike.jobs.live.feeds.decoded import Decoded, rejected
from pgstrike.jobs.live.plugin import BIT, UPDATE, updates_of
from pgstrike.jobs.quote import UNKNOWN, Reject

MILLISECOND = 1_000
UNIX_TO_2000, LATEST = 946_684_800_000, 10**13  # milliseconds since 1970

# The fields that are read, with their numbers; others are skipped. [..] is repeated.
SCHEMA: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Price": {"ltp": (1, "double"), "traded_at": (2, "int64")},
    "Quote": {
        "bid_qty": (1, "int64"),
        "bid": (2, "double"),
        "ask_qty": (3, "int64"),
        "ask": (4, "double"),
    },
    "Greeks": {
        "delta": (1, "double"),
        "theta": (2, "double"),
        "gamma": (3, "double"),
        "vega": (4, "double"),
    },
    "Depth": {"levels": (1, "[Quote]")},
    "Market": {
        "price": (1, "Price"),
        "depth": (2, "Depth"),
        "greeks": (3, "Greeks"),
        "volume": (6, "int64"),
        "oi": (7, "double"),
        "iv": (8, "double"),
    },
    "Index": {"price": (1, "Price")},
    "Full": {"market": (1, "Market"), "index": (2, "Index")},
    "WithGreeks": {
        "price": (1, "Price"),
        "best": (2, "Quote"),
        "greeks": (3, "Greeks"),
        "volume": (4, "int64"),
        "oi": (5, "double"),
        "iv": (6, "double"),
    },
    "Feed": {
        "price": (1, "Price"),
        "full": (2, "Full"),
        "with_greeks": (3, "WithGreeks"),
    },
    "Entry": {"key": (1, "string"), "feed": (2, "Feed")},
    # The entries are parsed one by one, so that a broken one costs no other.
    "Response": {"entries": (2, "[bytes]"), "sent_at": (3, "int64")},
}
SCALARS = {
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
}
PACKAGE = "pgstrike.upstox"


def message_classes() -> dict[str, type[Message]]:
    """A class for each message of SCHEMA."""
    file = descriptor_pb2.FileDescriptorProto(
        name="upstox.proto", package=PACKAGE, syntax="proto3"
    )
    for message, fields in SCHEMA.items():
        described = file.message_type.add(name=message)
        for name, (number, form) in fields.items():
            field = described.field.add(name=name, number=number)
            kind = form.strip("[]")
            is_repeated = form != kind
            field.label = field.LABEL_REPEATED if is_repeated else field.LABEL_OPTIONAL
            field.type = SCALARS.get(kind, field.TYPE_MESSAGE)
            if kind not in SCALARS:
                field.type_name = f".{PACKAGE}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{PACKAGE}.{name}")
        )
        for name in SCHEMA
    }


CLASSES = message_classes()
Response, Entry = CLASSES["Response"], CLASSES["Entry"]
PLACE = {name: place for place, name in enumerate(UPDATE.names or ())}
TIME, PRESENT = PLACE["exchange_time"], PLACE["present"]
NOTHING = updates_of(1)[0].item()
GREEKS = ("delta", "gamma", "theta", "vega")
NEVER_NEGATIVE = ("ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi")


def decode(message: bytes, places: Mapping[str, int]) -> Decoded:
    """The updates in a message; `places` has the place of each instrument key.

    Nothing is raised: a message or an entry that cannot be read is a reject.
    """
    try:
        response: Any = Response.FromString(message)
    except DecodeError as error:
        return Decoded(
            as_rows([]), [rejected("malformed", f"no message: {error}", message)]
        )
    rows: list[list[Any]] = []
    rejects: list[Reject] = []
    for packed in response.entries:
        try:
            entry: Any = Entry.FromString(packed)
        except DecodeError as error:
            rejects.append(rejected("malformed", f"no entry: {error}", packed))
            continue
        place = places.get(entry.key)
        if place is None:
            detail = f"{entry.key[:40]!r} was not asked for"
            rejects.append(rejected("unknown_contract", detail, packed))
            continue
        row = row_of(entry.feed, response.sent_at)
        row[0] = place
        if reason := fault_of(row):
            rejects.append(rejected(reason, f"a figure of {entry.key}", packed))
        elif row[PRESENT]:
            rows.append(row)
    return Decoded(as_rows(rows), rejects)


def row_of(feed: Any, sent_at: int) -> list[Any]:
    """What an entry says of its contract, as an UPDATE."""
    row = list(NOTHING)
    if feed.HasField("with_greeks"):
        market = feed.with_greeks
        quote = market.best if market.HasField("best") else None
    elif feed.full.HasField("market"):
        market = feed.full.market
        quote = market.depth.levels[0] if market.depth.levels else None
    else:  # the underlying: an index, or a price alone
        price = (feed.full.index if feed.HasField("full") else feed).price
        put_known(row, price, ("ltp",))
        if UNIX_TO_2000 < price.traded_at < LATEST:
            row[TIME] = (price.traded_at - UNIX_TO_2000) * MILLISECOND
        return row
    put_known(row, market.price, ("ltp",))
    put_known(row, market, ("iv", "oi"))
    if market.volume or not is_of_today(market.price.traded_at, sent_at):
        put(row, "volume", market.volume)
    if quote is not None:
        for side in ("bid", "ask"):
            price, quantity = getattr(quote, side), getattr(quote, f"{side}_qty")
            put(row, side, price or np.nan)
            put(row, f"{side}_qty", quantity if price else UNKNOWN)
    greeks = [getattr(market.greeks, name) for name in GREEKS]
    if any(greeks):  # one that is left out is 0: far from the money
        for name, greek in zip(GREEKS, greeks, strict=True):
            put(row, name, greek)
    return row


def put(row: list[Any], name: str, figure: float) -> None:
    row[PLACE[name]] = figure
    row[PRESENT] |= BIT[name]


def put_known(row: list[Any], message: Any, names: Sequence[str]) -> None:
    """The figures that the message has; one that it leaves out stays as it was."""
    for name in names:
        if figure := getattr(message, name):
            put(row, name, figure)


def is_of_today(traded_at: int, sent_at: int) -> bool:
    """Whether a contract was traded on the day of the message: then its volume is not 0."""
    return day_of(traded_at) == day_of(sent_at)


def day_of(milliseconds: int) -> int:
    return (milliseconds * MILLISECOND + IST_OFFSET) // DAY


def fault_of(row: Sequence[Any]) -> str | None:
    """The reason why no contract has such figures."""
    figures = {name: row[PLACE[name]] for name in NEVER_NEGATIVE}
    if any(figure < 0 and figure != UNKNOWN for figure in figures.values()):
        return "negative"
    return None if figures["oi"] <= MOST else "out_of_range"  # nor is it NaN


def as_rows(rows: Sequence[Sequence[Any]]) -> npt.NDArray[np.void]:
    return np.array([tuple(row) for row in rows], UPDATE)
