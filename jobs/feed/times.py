"""Times and dates as QUOTE holds them: microseconds and days since 2000-01-01 UTC."""

from datetime import UTC, date, datetime, timedelta, timezone

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
IST = timezone(timedelta(hours=5, minutes=30))  # no summer time since 1945
SECOND = 1_000_000
DAY = 86_400 * SECOND
IST_OFFSET = 19_800 * SECOND


def microseconds(moment: datetime) -> int:
    """An instant; `moment` must carry a zone."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def now() -> int:
    """This instant, by the wall clock."""
    return microseconds(datetime.now(UTC))


def days(day: date) -> int:
    """A date."""
    return (day - EPOCH.date()).days


def instant(count: int) -> datetime:
    """The UTC datetime that `microseconds` came from."""
    return EPOCH + timedelta(microseconds=count)


def calendar_day(count: int) -> date:
    """The date that `days` came from."""
    return EPOCH.date() + timedelta(days=count)
