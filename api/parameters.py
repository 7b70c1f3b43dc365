"""The parameters of a request's URL: read strictly, so that a typing error is an error."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime

from multidict import MultiMapping

from pgstrike.api.errors import ApiError, bad_request

AROUND = re.compile(r"atm:([0-9]{1,4})")


class Parameters:
    """The parameters of a URL, of which only the named ones may be there.

    With None any name is taken, and the caller checks it.
    """

    def __init__(self, query: MultiMapping[str], known: Collection[str] | None) -> None:
        self.query = query
        for name, value in query.items():
            if known is not None and name not in known:
                raise bad_request(
                    "unknown_parameter",
                    f'There is no parameter "{name}"; send any of {", ".join(known)}.',
                )
            if not value or not value.isprintable():
                raise bad_request(
                    "bad_parameter", f"{name} is empty or unprintable; send it as text."
                )

    def one(self, name: str) -> str | None:
        """The value of a parameter that may be sent once."""
        values = self.all(name)
        if len(values) > 1:
            raise bad_request(
                "repeated_parameter", f"{name} is repeated; send it once."
            )
        return values[0] if values else None

    def required(self, name: str, example: str) -> str:
        value = self.one(name)
        if value is None:
            raise missing(name, example)
        return value

    def required_any(self, name: str, example: str) -> list[str]:
        """The values of a parameter that may be sent more than once."""
        values = self.all(name)
        if not values:
            raise missing(name, example)
        return values

    def all(self, name: str) -> list[str]:
        return self.query.getall(name, [])

    def dates(self, name: str) -> list[date]:
        try:
            return [date.fromisoformat(value) for value in self.all(name)]
        except ValueError:
            raise bad_request(
                f"bad_{name}", f"{name} is no date; send {name}=2025-09-02, say."
            ) from None

    def time(self, name: str) -> datetime | None:
        value = self.one(name)
        if value is None:
            return None
        try:
            time = datetime.fromisoformat(value)
            if time.tzinfo is not None:
                return time.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise bad_request(
            "bad_time",
            f"{name} is no time with a zone; send {name}=2025-08-29T03:45:00Z, say.",
        )

    def around(self, name: str) -> int | None:
        """How many levels each side of the money, from `atm:10`."""
        value = self.one(name)
        match = None if value is None else AROUND.fullmatch(value)
        if value is not None and match is None:
            raise bad_request(
                "bad_strikes", f'{name} is "{value}"; send {name}=atm:10, say.'
            )
        return int(match[1]) if match else None


def missing(name: str, example: str) -> ApiError:
    return bad_request(
        "missing_parameter", f"{name} is missing; send {name}={example}, say."
    )
