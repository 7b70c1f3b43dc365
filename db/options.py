"""What somebody typed: the number of an environment variable, or an option of a command."""

import argparse
from collections.abc import Callable


def parse(text: str, *, least: float, most: float, whole: bool = False) -> float:
    """A number within its bounds, or a ValueError that says which are.

    Each has an upper bound too: what is far too great fails later, and elsewhere.
    """
    try:
        if not text.isascii() or "_" in text:  # Python would take both for numbers
            raise ValueError
        value = int(text) if whole else float(text)
        if not least <= value <= most:
            raise ValueError
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{kind} from {least} to {most}") from None
    return value


def whole_option(least: int, most: int) -> Callable[[str], int]:
    """A `type` of argparse."""

    def option(text: str) -> int:
        return int(number_option(least, most, whole=True)(text))

    return option


def number_option(
    least: float, most: float, *, whole: bool = False
) -> Callable[[str], float]:
    """A `type` of argparse."""

    def option(text: str) -> float:
        try:
            return parse(text, least=least, most=most, whole=whole)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"give {error}") from None

    return option


def text_option(text: str) -> str:
    """A `type` of argparse: what can be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("give text in UTF-8") from None
    return text
