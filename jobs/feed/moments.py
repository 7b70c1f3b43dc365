"""Times and days in the forms that files use."""

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo

from pgstrike.jobs.feed.batches import BadRow
from pgstrike.jobs.feed.times import days, microseconds

TIME_FORMS = (
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%Y %H:%M",
    "%Y%m%d_%H%M%S",
    "%Y%m%d_%H%M",
    "%Y%m%d %H%M%S",
    "%Y%m%d %H%M",
    "%Y%m%d %H:%M",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d_%H-%M-%S",
    "%Y-%m-%d %H-%M-%S",
    "%Y-%m-%d_%H-%M",
    "%Y-%m-%d %H-%M",
)
DAY_FORMS = (
    "%d-%b-%Y",
    "%d%b%Y",
    "%d-%b-%y",
    "%d%b%y",
    "%d %b %Y",
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%Y%m%d",
)
# The unit of a number since 1970, by its size: for the years from 2001 to 2286.
EPOCH_UNITS = ((1e18, 1e-3), (1e15, 1.0), (1e12, 1e3), (1e9, 1e6))
UNIX_TO_2000 = 946_684_800_000_000  # microseconds


def read_time(value: object, zone: tzinfo | None, form: str | None = None) -> int:
    """An instant of QUOTE; a time without a zone is of this one."""
    match value:
        case datetime():
            return in_zone(value, zone)
        case bool():
            raise BadRow("malformed", f"no time: {value}")
        case int() | float():
            return epoch_time(value)
    return text_time(str(value).strip(), zone, form)


def epoch_time(count: float) -> int:
    """Seconds, or parts of them, since 1970."""
    for least, unit in EPOCH_UNITS:
        if least <= count < 10 * least:
            whole = isinstance(count, int) and unit >= 1
            since = count * int(unit) if whole else round(count * unit)
            return int(since) - UNIX_TO_2000
    raise BadRow("malformed", f"no time since 1970: {count!r:.60}")


@functools.lru_cache(maxsize=4096)
def text_time(text: str, zone: tzinfo | None, form: str | None) -> int:
    """A time in this form; else in ISO 8601, since 1970, or in one of TIME_FORMS."""
    if form is not None:
        return in_zone(parsed(text, form), zone)
    if text.replace(".", "", 1).isdigit() and len(text.partition(".")[0]) in (
        10,
        13,
        16,
        19,
    ):
        return epoch_time(float(text) if "." in text else int(text))
    for read in (datetime.fromisoformat, *map(strptime, TIME_FORMS)):
        try:
            return in_zone(read(text), zone)
        except BadRow:
            raise
        except ValueError:
            continue
    raise BadRow("malformed", f"no time that is known: {text[:40]!r}")


def read_day(value: object, form: str | None = None) -> int:
    """A day of QUOTE."""
    match value:
        case datetime():
            return days(value.date())
        case date():
            return days(value)
    return text_day(str(value).strip(), form)


@functools.lru_cache(maxsize=4096)
def text_day(text: str, form: str | None) -> int:
    """A day in this form; else in ISO 8601 or in one of DAY_FORMS."""
    if form is not None:
        return days(parsed(text, form).date())
    for read in (datetime.fromisoformat, *map(strptime, DAY_FORMS)):
        try:
            return days(read(text).date())
        except ValueError:
            continue
    raise BadRow("malformed", f"no date that is known: {text[:40]!r}")


def in_zone(moment: datetime, zone: tzinfo | None) -> int:
    if moment.tzinfo is None and zone is None:
        raise BadRow("malformed", f"a time without zone: {moment}")
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return microseconds(aware.astimezone(UTC))


def parsed(text: str, form: str) -> datetime:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        raise BadRow(
            "malformed", f"no time of the form {form}: {text[:40]!r}"
        ) from None


def strptime(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)
