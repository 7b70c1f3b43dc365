"""A column map: a few lines of TOML that say what the columns of a file are.

docs/formats.md describes it for users.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import IST
from pgstrike.jobs.feed_kinds import NO_KINDS, OI_KINDS, VOLUME_KINDS, Kinds
from pgstrike.jobs.quote import LEG_FLOATS, LEG_INTS, LEGS

Column = str | int  # by its name, or its place from 1 on

QUANTITIES = ("bid_qty", "ask_qty", "volume", "oi", "prev_oi", "oi_change")
FIGURES = (*LEG_FLOATS, *LEG_INTS, "oi_change")
ROW = ("quote_time", "exchange_time", "symbol", "expiry", "strike")
WHOLE_ROW = (*ROW, "underlying", "forward")
OF_STRIKE = (*WHOLE_ROW, *(f"{leg}_{name}" for leg in LEGS for name in FIGURES))
OF_LEG = (*WHOLE_ROW, "side", "contract", *FIGURES)

SIDES = {
    **dict.fromkeys(("ce", "c", "call", "calls"), "call"),
    **dict.fromkeys(("pe", "p", "put", "puts"), "put"),
}
KEYS = (
    "symbol",
    "zone",
    "skip",
    "delimiter",
    "iv",
    "volume_kind",
    "oi_kind",
    "columns",
    "times",
    "units",
    "name",
)
GROUPS = {"symbol", "expiry", "date", "time", "strike", "side"}
EMPTY: Mapping[str, Any] = MappingProxyType({})


class NamePattern(NamedTuple):
    """What a file's path says, by named groups, and the forms of its time and expiry.

    `clock` is the time of day of names that have a date only.
    """

    pattern: re.Pattern[str]
    time: str | None
    expiry: str | None
    clock: str | None = None


class ColumnMap(NamedTuple):
    """What the columns of a file are; `columns` has theirs by our name."""

    columns: Mapping[str, Column]
    zone: tzinfo | None = IST  # of times without a zone; None: they are refused
    symbol: str | None = None
    forms: Mapping[str, str] = EMPTY  # of quote_time, exchange_time and expiry
    units: Mapping[str, float | None] = EMPTY  # of a quantity; None: lots
    iv_is_percent: bool = False
    name: NamePattern | None = None
    contract: NamePattern | None = None  # what the column `contract` says
    skip: int = 0  # lines before the header
    delimiter: str = ","
    kinds: Kinds = NO_KINDS

    @property
    def is_by_leg(self) -> bool:
        """Whether a row is one leg, and not a strike with both."""
        return "side" in self.columns or "contract" in self.columns

    @property
    def in_lots(self) -> bool:
        """Whether any quantity counts lots."""
        return None in self.units.values()


def read_map(path: str) -> ColumnMap:
    """The map in a file; what is wrong with it is said in one line."""
    try:
        found = tomllib.loads(Path(path).read_text("utf-8"))
        return column_map(found)
    except OSError as error:
        raise FeedError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # of TOML, UTF-8, zones and what we check
        raise FeedError(f"{path}: {error}") from error


def column_map(found: Mapping[str, Any]) -> ColumnMap:
    """The map; ValueError where it cannot be one."""
    known("the map", found, KEYS)
    columns = table(found, "columns")
    by_leg = "side" in columns or "contract" in columns
    known("[columns]", columns, OF_LEG if by_leg else OF_STRIKE)
    times = table(found, "times")
    known("[times]", times, ("quote_time", "exchange_time", "expiry", "contract"))
    contract = times.get("contract", {})
    return ColumnMap(
        columns={name: column(name, value) for name, value in columns.items()},
        zone=zone_of(found.get("zone", "Asia/Kolkata")),
        symbol=found.get("symbol"),
        forms={n: str(form) for n, form in times.items() if n != "contract"},
        units=units_of(table(found, "units")),
        iv_is_percent=is_percent(found.get("iv", "decimal")),
        name=pattern_of("[name]", table(found, "name")),
        contract=pattern_of("[times.contract]", contract),
        skip=int(found.get("skip", 0)),
        delimiter=str(found.get("delimiter", ",")),
        kinds=Kinds(
            kind_of("volume_kind", found, VOLUME_KINDS),
            kind_of("oi_kind", found, OI_KINDS),
        ),
    )


def table(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name, {})
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a table: write [{name}] and a line for each")
    return value


def known(where: str, found: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in found:
        if name not in names:
            raise ValueError(f"{where} knows no {name!r}; it knows {', '.join(names)}")


def column(name: str, value: object) -> Column:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(
            f"[columns] {name}: give a column's name, or its place from 1 on"
        )
    return value


def zone_of(name: object) -> tzinfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError):
        raise ValueError(
            f"zone {name!r} is not known; give one like Asia/Kolkata"
        ) from None


def units_of(units: Mapping[str, Any]) -> Mapping[str, float | None]:
    """The factor of each quantity; None where it counts lots."""
    known("[units]", units, QUANTITIES)
    found: dict[str, float | None] = {}
    for name, unit in units.items():
        if unit in ("lots", "units"):
            found[name] = None if unit == "lots" else 1.0
        elif isinstance(unit, int | float) and not isinstance(unit, bool) and unit > 0:
            found[name] = float(unit)
        else:
            raise ValueError(
                f"[units] {name}: give 'lots', 'units', or a factor above 0"
            )
    return found


def kind_of(name: str, found: Mapping[str, Any], kinds: tuple[str, ...]) -> str | None:
    kind = found.get(name)
    if kind is not None and kind not in kinds:
        raise ValueError(f"{name}: give {' or '.join(map(repr, kinds))}")
    return kind


def is_percent(unit: object) -> bool:
    if unit not in ("decimal", "percent"):
        raise ValueError("iv: give 'decimal' or 'percent'")
    return unit == "percent"


def pattern_of(where: str, found: Mapping[str, Any]) -> NamePattern | None:
    if not found:
        return None
    known(where, found, ("pattern", "time", "expiry", "clock"))
    try:
        pattern = re.compile(str(found.get("pattern", "")))
    except re.error as error:
        raise ValueError(f"{where} pattern is no regular expression: {error}") from None
    if not pattern.groupindex or not set(pattern.groupindex) <= GROUPS:
        some = ", ".join(sorted(GROUPS))
        raise ValueError(
            f"{where} pattern needs named groups like (?P<time>...): {some}"
        )
    forms = (found.get(name) for name in ("time", "expiry", "clock"))
    return NamePattern(pattern, *(None if f is None else str(f) for f in forms))
