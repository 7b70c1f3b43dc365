"""What a stream is asked for, in a form that is the same for all who ask for the same.

Raw: the log's events byte for byte. A panel, whenever strikes, fields, interval or timeframe
are named: the reader's own current state, then what changes in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pgstrike.api.access.rights import Rights
from pgstrike.api.chains.expiry_chain import HEAD
from pgstrike.api.chains.symbol_chains import FRONT, NEXT
from pgstrike.api.chains.timeframes import LADDER, LIVE
from pgstrike.api.chains.window import Window
from pgstrike.api.errors import ApiError, bad_request
from pgstrike.api.events.event import POSITIONS, TOPICS, Event, Filter, Position
from pgstrike.api.language import (
    ALL,
    COLUMNS,
    EXPIRY,
    NAME,
    NOW_OR_BAR,
    STRIKES,
    number_kind,
)
from pgstrike.api.parameters import (
    Kind,
    Optional,
    Repeated,
    Sent,
    Several,
    word_of,
)
from pgstrike.api.settings import MOST_INTERVAL_MS

INTERVAL_MS = 200


def read_position(text: str) -> Position:
    position = Position.parse(text)
    if position is None:
        raise ValueError
    return position


INTERVAL_KIND = number_kind("bad_interval", 0, MOST_INTERVAL_MS, "milliseconds")
POSITION_KIND = Kind(
    "the id of an event",
    "bad_after",
    read_position,
    {"type": "string", "pattern": f"^{POSITIONS.pattern}$"},
)

TOPIC = Repeated(
    "topic", word_of(*TOPICS), "chain", f"Any of {', '.join(TOPICS)}; none: all."
)
SYMBOL = Repeated("symbol", NAME, "NIFTY", "Underlyings; none: all.")
FIELDS = Repeated("fields", COLUMNS, "iv,oi", "Columns of a panel; none: all.")
INTERVAL = Optional(
    "interval", INTERVAL_KIND, str(INTERVAL_MS), "Milliseconds between changes."
)
TIMEFRAME = NOW_OR_BAR
AFTER = Optional("after", POSITION_KIND, "ab12cd34:123", "The event to go on from.")
OF_PANEL = (STRIKES, FIELDS, INTERVAL, TIMEFRAME)
PARAMETERS = (TOPIC, SYMBOL, EXPIRY, *OF_PANEL, AFTER)
SYMBOLS = Several(SYMBOL.name, NAME, SYMBOL.example, "Underlyings.")
OF_STATE = (TOPIC, SYMBOLS, EXPIRY, *OF_PANEL)  # of a panel that is read once


@dataclass(frozen=True)
class Raw:
    """Events as they are."""

    wanted: Filter
    rights: Rights

    def passes(self, event: Event) -> bool:
        return self.wanted.passes(event) and self.rights.passes(event)

    def named_topics(self) -> frozenset[str]:
        return frozenset(self.wanted.topics)


@dataclass(frozen=True)
class Panel:
    """A part of the chains, and other topics that are passed on as they are."""

    symbols: tuple[str, ...]
    expiries: frozenset[str]  # dates, front, next; none: all living ones
    window: Window
    fields: tuple[str, ...]  # in the order of the columns
    head: tuple[str, ...]  # figures of a chain as a whole
    timeframe: str
    market: str  # where the figures are
    interval_ms: int
    topics: frozenset[str]
    rights: Rights

    def named_topics(self) -> frozenset[str]:
        return self.topics | {"chain"}


Subscription = Raw | Panel


def parse_subscription(
    sent: Sent,
    columns: Mapping[str, Sequence[str]],
    *,
    least_interval_ms: int,
    rights: Rights,
    is_panel: bool = False,
) -> Subscription:
    """What the parameters ask for; `columns` are those of each timeframe."""
    if not is_panel and not any(sent.has(each) for each in OF_PANEL):
        return parse_raw(sent, rights)
    symbols, timeframe = sent[SYMBOL], sent[TIMEFRAME]
    SYMBOL.refuse_missing(symbols)
    known = [name for name in columns if name != LADDER]
    if timeframe not in known:
        raise unknown("timeframe", timeframe, known)
    wanted = parse_fields(sent[FIELDS], columns, timeframe)
    topics = parse_topics(sent, in_panel=True) - {"chain"}
    return Panel(
        symbols=tuple(sorted(set(symbols))),
        expiries=expiries_of(sent),
        window=sent[STRIKES],
        fields=wanted.fields,
        head=wanted.head,
        timeframe=timeframe,
        market=wanted.market,
        interval_ms=parse_interval(sent[INTERVAL], least_interval_ms),
        topics=topics,
        rights=rights.reading(topics or {"chain"}),
    )


def parse_raw(sent: Sent, rights: Rights) -> Raw:
    expiries = expiries_of(sent)
    for role in sorted(expiries & {FRONT, NEXT}):
        raise bad_request(
            "bad_expiry",
            f"expiry={role} is for panels",
            f"Send a date, such as expiry={EXPIRY.example}",
            EXPIRY.name,
        )
    topics = parse_topics(sent)
    wanted = Filter(topics, frozenset(sent[SYMBOL]), expiries)
    return Raw(wanted, rights.reading(topics))


def expiries_of(sent: Sent) -> frozenset[str]:
    """Dates and roles; none: every live one."""
    expiries = frozenset(sent[EXPIRY])
    return frozenset() if ALL in expiries else expiries


def parse_topics(sent: Sent, *, in_panel: bool = False) -> frozenset[str]:
    topics = frozenset(sent[TOPIC])
    for topic in sorted(topics.difference(TOPICS)):
        raise unknown("topic", topic, TOPICS)
    if in_panel and "snapshot" in topics:
        raise bad_request(
            "topic_taken",
            "A panel's own state is its event snapshot",
            "Leave topic=snapshot out, or open a stream without strikes, fields, interval "
            "and timeframe",
            TOPIC.name,
        )
    return topics


class Wanted(NamedTuple):
    """The figures of a panel, and the market that has them."""

    fields: tuple[str, ...]
    head: tuple[str, ...]
    market: str


def parse_fields(
    sent: Sequence[str], columns: Mapping[str, Sequence[str]], timeframe: str
) -> Wanted:
    """The columns that are named, each leg of those named without one.

    None named: all that the events bring by themselves.
    """
    usual = columns[timeframe]
    if not sent:
        return Wanted(tuple(usual[1:]), (), timeframe)
    is_live = timeframe == LIVE
    known, heads = columns[LADDER] if is_live else usual, HEAD if is_live else HEAD[-1:]
    named: set[str] = set()
    for name in [name for part in sent for name in part.split(",")]:
        found = {name, f"call_{name}", f"put_{name}"}.intersection([*known, *heads])
        if not found:
            raise unknown("field", name, [*known[1:], *legless(known), *heads])
        named |= {name} if name in found else found
    return Wanted(
        fields=tuple(name for name in known[1:] if name in named),
        head=tuple(name for name in heads if name in named),
        market=timeframe if named.issubset([*usual, *heads]) else LADDER,
    )


def legless(columns: Sequence[str]) -> list[str]:
    """The names that stand for both legs."""
    return [name.removeprefix("call_") for name in columns if name.startswith("call_")]


def parse_interval(interval: int | None, least: int, usual: int = INTERVAL_MS) -> int:
    if interval is None:
        return max(usual, least)
    if interval >= least:
        return interval
    raise bad_request(
        "bad_interval",
        f'interval is "{interval}"',
        f"Send milliseconds from {least} to {MOST_INTERVAL_MS}, "
        f"such as interval={max(INTERVAL_MS, least)}",
        INTERVAL.name,
    )


def unknown(
    what: str, word: str, known: Sequence[str] | Mapping[str, object]
) -> ApiError:
    return bad_request(
        f"unknown_{what}",
        f'Unknown {what} "{word}"',
        f"Send one of {', '.join(known)}",
        "fields" if what == "field" else what,
    )
