"""What a stream is asked for, in a form that is the same for all who ask for the same.

Raw: the log's events byte for byte. A panel, whenever strikes, fields, interval or timeframe
are named: the reader's own current state, then what changes in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pgstrike.api.access.rights import Rights
from pgstrike.api.chains.symbol_chains import FRONT, NEXT
from pgstrike.api.chains.timeframes import LIVE
from pgstrike.api.chains.window import Around, Between, Window
from pgstrike.api.errors import ApiError, bad_request
from pgstrike.api.events.event import TOPICS, Event, Filter
from pgstrike.api.parameters import AROUND, Parameters
from pgstrike.api.settings import MOST_INTERVAL_MS

PARAMETERS = (
    "topic",
    "symbol",
    "expiry",
    "strikes",
    "fields",
    "interval",
    "timeframe",
    "after",
)
OF_PANEL = ("strikes", "fields", "interval", "timeframe")
BETWEEN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,4})?)\.\.([0-9]{1,9}(?:\.[0-9]{1,4})?)")
MOST_LEVELS = 1000
INTERVAL_MS = 200


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
    timeframe: str
    interval_ms: int
    topics: frozenset[str]
    rights: Rights

    def named_topics(self) -> frozenset[str]:
        return self.topics | {"chain"}


Subscription = Raw | Panel


def parse_subscription(
    sent: Parameters,
    columns: Mapping[str, Sequence[str]],
    *,
    least_interval_ms: int,
    rights: Rights,
) -> Subscription:
    """What the parameters ask for; `columns` are those of each timeframe."""
    if not any(sent.all(name) for name in OF_PANEL):
        return parse_raw(sent, rights)
    sent.required_any("symbol", "NIFTY")
    timeframe = sent.one("timeframe") or LIVE
    if timeframe not in columns:
        raise unknown("timeframe", timeframe, columns)
    return Panel(
        symbols=tuple(sorted(set(sent.all("symbol")))),
        expiries=frozenset(map(parse_expiry, sent.all("expiry"))),
        window=parse_window(sent.one("strikes")),
        fields=parse_fields(sent.all("fields"), columns[timeframe]),
        timeframe=timeframe,
        interval_ms=parse_interval(sent.one("interval"), least_interval_ms),
        topics=parse_topics(sent, in_panel=True) - {"chain"},
        rights=rights,
    )


def parse_raw(sent: Parameters, rights: Rights) -> Raw:
    expiries = frozenset(expiry.isoformat() for expiry in sent.dates("expiry"))
    symbols = frozenset(sent.all("symbol"))
    return Raw(Filter(parse_topics(sent), symbols, expiries), rights)


def parse_topics(sent: Parameters, *, in_panel: bool = False) -> frozenset[str]:
    topics = frozenset(sent.all("topic"))
    for topic in sorted(topics.difference(TOPICS)):
        raise unknown("topic", topic, TOPICS)
    if in_panel and "snapshot" in topics:
        raise bad_request(
            "topic_taken",
            "A panel's own state is its event snapshot; leave topic=snapshot out, "
            "or open a stream without strikes, fields, interval and timeframe.",
        )
    return topics


def parse_expiry(text: str) -> str:
    if text in (FRONT, NEXT):
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise bad_request(
            "bad_expiry",
            f'Expiry "{text}" is no date; send expiry=2025-09-02, front or next, say.',
        ) from None


def parse_window(text: str | None) -> Window:
    if text is None:
        return None
    if around := AROUND.fullmatch(text):
        levels = int(around[1])
        if levels <= MOST_LEVELS:
            return Around(levels)
    if between := BETWEEN.fullmatch(text):
        lowest, highest = float(between[1]), float(between[2])
        if lowest <= highest:
            return Between(lowest, highest)
    raise bad_request(
        "bad_strikes",
        f'strikes is "{text}"; send strikes=atm:10, of at most {MOST_LEVELS} levels, '
        "or strikes=24000..25000, say.",
    )


def parse_fields(sent: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that are named, each leg of those named without one; all, if none is."""
    named: set[str] = set()
    for name in [name for part in sent for name in part.split(",")]:
        found = {name, f"call_{name}", f"put_{name}"}.intersection(columns)
        if not found:
            raise unknown("field", name, [*columns[1:], *legless(columns)])
        named |= {name} if name in found else found
    return tuple(name for name in columns[1:] if not sent or name in named)


def legless(columns: Sequence[str]) -> list[str]:
    """The names that stand for both legs."""
    return [name.removeprefix("call_") for name in columns if name.startswith("call_")]


def parse_interval(text: str | None, least: int) -> int:
    if text is None:
        return max(INTERVAL_MS, least)
    if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_INTERVAL_MS)):
        interval = int(text)
        if least <= interval <= MOST_INTERVAL_MS:
            return interval
    raise bad_request(
        "bad_interval",
        f'interval is "{text}"; send milliseconds from {least} to {MOST_INTERVAL_MS}, '
        f"interval={max(INTERVAL_MS, least)}, say.",
    )


def unknown(
    what: str, word: str, known: Sequence[str] | Mapping[str, object]
) -> ApiError:
    return bad_request(
        f"unknown_{what}", f'Unknown {what} "{word}"; send one of {", ".join(known)}.'
    )
