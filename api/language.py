"""The words of a URL that mean the same on every path, REST and stream alike.

A path takes those that it has a meaning for (api/http/routes.py). SQL resolves what depends on
the market: `front`, `next` and `atm:10` as of the instant asked for.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from pgstrike.api.chains.symbol_chains import FRONT, NEXT
from pgstrike.api.chains.window import Around, Between
from pgstrike.api.parameters import (
    TEXT,
    TZ,
    Defaulted,
    Kind,
    Listed,
    Optional,
    Repeated,
    Required,
    read_time,
    word_of,
)

ALL = "all"
MOST_ROWS = 10_000  # of one answer
MOST_LEVELS = 1000
AROUND = re.compile(r"atm:([0-9]{1,4})")
NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,20})?"  # a strike of the yen is 0.006875
BETWEEN = re.compile(rf"({NUMBER})\.\.({NUMBER})")
CURSOR_FORM = re.compile(r"[0-9]{1,9}@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)

Strikes = Around | Between


def read_expiry(text: str) -> str:
    """A date as ISO 8601 has it, or a role."""
    return text if text in (FRONT, NEXT, ALL) else date.fromisoformat(text).isoformat()


def read_strikes(text: str) -> Strikes:
    around = AROUND.fullmatch(text)
    if around is not None and int(around[1]) <= MOST_LEVELS:
        return Around(int(around[1]))
    if between := BETWEEN.fullmatch(text):
        lowest, highest = float(between[1]), float(between[2])
        if lowest <= highest:
            return Between(lowest, highest)
    raise ValueError


def read_strikes_or_strike(text: str) -> Strikes:
    return read_strikes(f"{text}..{text}" if re.fullmatch(NUMBER, text) else text)


def read_number(least: int, most: int) -> Callable[[str], int]:
    """How to read a whole number of these bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
            raise ValueError
        if not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return read


def number_kind(code: str, least: int, most: int, what: str = "a number") -> Kind[int]:
    """A whole number of these bounds."""
    return Kind(
        f"{what} from {least} to {most}",
        code,
        read_number(least, most),
        {"type": "integer", "minimum": least, "maximum": most},
    )


def read_price(text: str) -> float:
    if not re.fullmatch(NUMBER, text):
        raise ValueError
    return float(text)


def read_zone(text: str) -> ZoneInfo:
    if text not in zones():
        raise ValueError
    return ZoneInfo(text)


@cache
def zones() -> set[str]:
    return available_timezones()


def read_cursor(text: str) -> str:
    if not CURSOR_FORM.fullmatch(text):
        raise ValueError
    read_time(text.partition("@")[2])
    return text


def read_yes(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


ROLE = Kind(
    f"a date, {FRONT} or {NEXT}, or {ALL}",
    "bad_expiry",
    read_expiry,
    {"anyOf": [{"type": "string", "format": "date"}, {"enum": [FRONT, NEXT, ALL]}]},
)
ONE_ROLE = ROLE._replace(
    says=f"one date, {FRONT} or {NEXT}",
    schema={"anyOf": [{"type": "string", "format": "date"}, {"enum": [FRONT, NEXT]}]},
)
LEVELS_FORM = "atm:([0-9]{1,3}|1000)"
WINDOW_FORM = rf"{LEVELS_FORM}|{NUMBER}\.\.{NUMBER}"
WINDOW = Kind(
    f"from 0 to {MOST_LEVELS} levels, or a range such as 24000..25000",
    "bad_strikes",
    read_strikes,
    {"type": "string", "pattern": f"^({WINDOW_FORM})$"},
)
WINDOW_OR_STRIKE = Kind(
    f"from 0 to {MOST_LEVELS} levels, a range such as 24000..25000, or a strike",
    "bad_strikes",
    read_strikes_or_strike,
    {"type": "string", "pattern": f"^({WINDOW_FORM}|{NUMBER})$"},
)
TIME = Kind(
    f"a time with a zone, or with {TZ}",
    "bad_time",
    read_time,
    {"type": "string", "format": "date-time"},
)
AT_TIME = TIME._replace(code="bad_at")
ROWS = number_kind("bad_limit", 1, MOST_ROWS)
CURSOR_KIND = Kind(
    "the cursor of an answer",
    "bad_cursor",
    read_cursor,
    {"type": "string", "format": "cursor", "pattern": f"^{CURSOR_FORM.pattern}$"},
)
NUMBER_KIND = Kind(
    "a number",
    "bad_strike",
    read_price,
    {"type": "string", "pattern": f"^{NUMBER}$"},
)
YES = Kind("true or false", "bad_fill", read_yes, {"type": "boolean"})
NAME = TEXT._replace(schema={"type": "string", "format": "symbol", "minLength": 1})
COLUMNS = TEXT._replace(schema={"type": "string", "format": "columns", "minLength": 1})
JSON, CSV, ARROW = FORMATS = ("json", "csv", "arrow")


def read_format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError
    return text


SYMBOL = Required("symbol", NAME, "NIFTY", "The underlying.")
FORMAT = Optional(
    "format",
    Kind(
        f"one of {', '.join(FORMATS)}", "bad_format", read_format, {"enum": [*FORMATS]}
    ),
    CSV,
    "How the rows are sent; none: as the header Accept asks, else JSON.",
)
EXPIRY = Listed(
    "expiry",
    ROLE,
    "2025-09-02",
    "Expiries: dates, front, next, all; none: every live one.",
)
ONE_EXPIRY = Optional(
    "expiry", ONE_ROLE, "2025-09-02", "A date, front or next: bars are of one contract."
)
STRIKES = Optional(
    "strikes", WINDOW, "atm:10", "Levels each side of the money, or a range."
)
STRIKES_OF_METRIC = Repeated("strikes", WINDOW_OR_STRIKE, "atm:10", STRIKES.about)
AT = Optional("at", AT_TIME, "2025-08-29T03:45:00Z", "The instant; none: now.")
FROM = Optional("from", TIME, "2025-08-29T03:45:00Z", "The first bucket.")
TO = Optional("to", TIME, "2025-08-29T10:00:00Z", "The bucket before which it ends.")
ZONE = Optional(
    TZ,
    Kind(
        "a time zone",
        "bad_tz",
        read_zone,
        {"type": "string", "format": "time-zone"},
    ),
    "Asia/Kolkata",
    "The zone of times that name none.",
)
FIELDS = Repeated("fields", COLUMNS, "call_oi,put_oi", "Columns; none: all.")
LIMIT = Optional("limit", ROWS, "100", "How many rows at most.")
CURSOR = Optional(
    "cursor",
    CURSOR_KIND,
    "10000@2025-08-29T10:00:00.000000Z",
    "Where to go on: the cursor of the answer before.",
)
NOW_OR_BAR = Defaulted(
    "timeframe",
    word_of("live", "1min", "5min", "15min"),
    "5min",
    "live, 1min, 5min or 15min.",
    "live",
)
BAR = Defaulted(
    "timeframe",
    word_of("1min", "5min", "15min", "1h", "1d"),
    "5min",
    "1min, 5min, 15min, 1h or 1d.",
    "5min",
)
LEVEL_BAR = Defaulted(
    "timeframe", word_of("5min"), "5min", "5min; there is no other.", "5min"
)
INDICATOR = Defaulted(
    "indicator", COLUMNS, "oi,iv", "Columns, without their leg.", "oi"
)
