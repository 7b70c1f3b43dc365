"""Upstox's Protobuf messages (market data feed, v3), and what they say of contracts.

Protobuf leaves a figure of 0 out. So a missing price, OI or IV is no news: the last one stays.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from pgstrike.jobs.feed.check import MOST
from pgstrike.jobs.feed.times import DAY, IST_OFFSET
from pgstrike.jobs.live.feeds.decoded import Decoded, rejected
from pgstrike.jobs.live.plugin import BIT, updates_of
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
NO_QUOTE: Any = CLASSES["Quote"]()
GREEKS = ("delta", "gamma", "theta", "vega")
SIDES = ("bid", "ask")
# What an entry says, as it says it: 0 is what it leaves out.
SAID = np.dtype(
    [
        ("contract", np.int64),
        ("is_option", np.bool_),
        ("has_quote", np.bool_),
        ("ltp", np.float64),
        ("traded_at", np.int64),
        ("volume", np.int64),
        ("oi", np.float64),
        ("iv", np.float64),
        *((name, np.float64) for name in (*GREEKS, *SIDES)),
        *((f"{side}_qty", np.int64) for side in SIDES),
    ]
)
A_FIGURE = "a price or a count that no contract has"
NEVER_NEGATIVE = ("ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi")

Said = npt.NDArray[np.void]
Mask = npt.NDArray[np.bool_]


def decode(message: bytes, places: Mapping[str, int]) -> Decoded:
    """The updates in a message; `places` has the place of each instrument key.

    Nothing is raised: a message or an entry that cannot be read is a reject.
    """
    try:
        response: Any = Response.FromString(message)
    except DecodeError as error:
        fault = rejected("malformed", f"no message: {error}", message)
        return Decoded(updates_of(0), [fault])
    found: list[tuple[Any, ...]] = []
    packs: list[bytes] = []
    rejects: list[Reject] = []
    for packed in response.entries:
        try:
            entry: Any = Entry.FromString(packed)
        except DecodeError as error:
            rejects.append(rejected("malformed", f"no entry: {error}", packed))
            continue
        if (place := places.get(entry.key)) is None:
            detail = f"{entry.key[:40]!r} was not asked for"
            rejects.append(rejected("unknown_contract", detail, packed))
            continue
        found.append((place, *said_of(entry.feed)))
        packs.append(packed)
    said = np.array(found, SAID)
    wrong = faults(said)
    for reason, mask in wrong.items():
        rejects += [rejected(reason, A_FIGURE, packs[n]) for n in np.flatnonzero(mask)]
    good = said[~np.logical_or.reduce([*wrong.values()])]
    return Decoded(updates(good, response.sent_at), rejects)


def said_of(feed: Any) -> tuple[Any, ...]:
    """What an entry says of its contract, in the order of SAID."""
    if feed.HasField("with_greeks"):
        market = feed.with_greeks
        quote = market.best if market.HasField("best") else None
    elif feed.full.HasField("market"):
        market = feed.full.market
        quote = market.depth.levels[0] if market.depth.levels else None
    else:  # the underlying: an index, or a price alone
        price = (feed.full.index if feed.HasField("full") else feed).price
        return (False, False, price.ltp, price.traded_at, *[0] * 11)
    price, greeks, best = market.price, market.greeks, quote or NO_QUOTE
    return (
        *(True, quote is not None, price.ltp, price.traded_at),
        *(market.volume, market.oi, market.iv),
        *(greeks.delta, greeks.gamma, greeks.theta, greeks.vega),
        *(best.bid, best.ask, best.bid_qty, best.ask_qty),
    )


def faults(said: Said) -> dict[str, Mask]:
    """The entries that cannot be right, by the reason."""
    negative = np.logical_or.reduce([said[name] < 0 for name in NEVER_NEGATIVE])
    return {"negative": negative, "out_of_range": ~negative & ~(said["oi"] <= MOST)}


def updates(said: Said, sent_at: int) -> npt.NDArray[np.void]:
    """UPDATE rows of what is said; entries without a figure have none."""
    rows = updates_of(len(said))
    rows["contract"] = said["contract"]
    is_stamped = (said["traded_at"] > UNIX_TO_2000) & (said["traded_at"] < LATEST)
    stamp = (np.where(is_stamped, said["traded_at"], 0) - UNIX_TO_2000) * MILLISECOND
    is_stamped &= ~said["is_option"]
    rows["exchange_time"] = np.where(is_stamped, stamp, UNKNOWN)
    for name in ("ltp", "iv", "oi"):
        put(rows, name, said[name], said[name] != 0)
    # No volume is none yet, unless there was a trade today.
    is_new = said["is_option"] & (day_of(said["traded_at"]) != day_of(sent_at))
    put(rows, "volume", said["volume"], (said["volume"] != 0) | is_new)
    for side in SIDES:
        price = np.where(said[side] == 0, np.nan, said[side])
        quantity = np.where(said[side] == 0, UNKNOWN, said[f"{side}_qty"])
        put(rows, side, price, said["has_quote"])
        put(rows, f"{side}_qty", quantity, said["has_quote"])
    # They come together: one that is left out is 0, far from the money.
    has_greeks = np.logical_or.reduce([said[name] != 0 for name in GREEKS])
    for name in GREEKS:
        put(rows, name, said[name], has_greeks)
    return rows.take(np.flatnonzero(rows["present"]))


def put(
    rows: npt.NDArray[np.void], name: str, figures: npt.NDArray[Any], mask: Mask
) -> None:
    """Give these rows a figure, and note that it is present."""
    rows[name][mask] = figures[mask]
    rows["present"][mask] |= BIT[name]


def day_of(milliseconds: Any) -> Any:
    """The day in India."""
    return (milliseconds + IST_OFFSET // MILLISECOND) // (DAY // MILLISECOND)
