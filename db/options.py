"""What somebody typed: the number of an environment variable, or an option of a command."""


def parse(text: str, *, least: float, most: float, whole: bool = False) -> float:
    """A number within its bounds, or a ValueError that says which are.

    Each has an upper bound too: a value far too great would fail later, and elsewhere.
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
