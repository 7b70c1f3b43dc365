"""When the exchange does not open, from the `holidays` package."""

from collections.abc import Iterable
from datetime import date

import holidays

EXCHANGES = {"NSE": "XNSE"}  # ours: the market identifier code


def holidays_of(years: Iterable[int]) -> list[tuple[str, date, str]]:
    """The holidays of these years: exchange, day, name."""
    return [
        (exchange, day, name)
        for exchange, code in EXCHANGES.items()
        for day, name in sorted(
            holidays.financial_holidays(code, years=sorted(years)).items()
        )
    ]
