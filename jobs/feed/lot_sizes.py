"""How many units a lot has of commodities and currencies, which Kite counts in lots.

A unit is what the price is of. Gold is priced for 10 grams, so a lot of 1 kg has 100 units;
JPYINR is priced for 100 yen. Kite's list says that a lot of these is 1. Sources:
https://kite.trade/forum/discussion/5094 and, of commodities and currencies,
https://support.zerodha.com ("How can I trade commodity options", "currency derivatives").
"""

import re

UNITS = {
    "COPPER": 2_500,
    "CRUDEOIL": 100,
    "CRUDEOILM": 10,
    "GOLD": 100,
    "GOLDM": 10,
    "NATGASMINI": 250,
    "NATURALGAS": 1_250,
    "SILVER": 30,
    "SILVERM": 5,
    "ZINC": 5_000,
    **dict.fromkeys(("EURINR", "GBPINR", "JPYINR", "USDINR"), 1_000),
}
# Of MCX, and of the currencies and commodities of NSE and BSE.
EXCHANGES = frozenset({"MCX", "CDS", "BCD", "NCO"})
LETTERS = re.compile("[A-Z]+")


def units_of_lot(name: str) -> int | None:
    """By a trading symbol, such as GOLDM26OCT75000CE; None where it is not known."""
    letters = LETTERS.match(name)
    return UNITS.get(letters[0]) if letters else None
