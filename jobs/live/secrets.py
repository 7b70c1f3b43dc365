"""Keys and tokens of feeds: read anew each time, and hidden in all that is shown or kept."""

import contextlib
import functools
import os
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from pgstrike.db.errors import FeedError, SettingError
from pgstrike.jobs.sink_settings import Secret, secret

LEAST_HIDDEN = 6  # characters: what is shorter is a word of a sentence
HIDDEN = "***"
APART = re.compile(r"[\s:;,=&]+")


class Secrets:
    """Reads secrets, and hides those that it has given.

    The newest of each name are hidden, so that day tokens do not pile up.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._given: dict[str, list[str]] = {}

    def __call__(self, name: str) -> str:
        """The value of this variable, or what the file says that <name>_FILE names.

        FeedError where it is missing or cannot be read; it names the variable.
        """
        try:
            found = secret(self._environ, name)
        except SettingError as error:
            raise FeedError(str(error)) from None
        if not found or not found.strip():
            raise FeedError(
                f"{name} is not set; set it, or set {name}_FILE to a file that holds it"
            )
        value = Secret(found.strip())
        if not value.isprintable():
            raise FeedError(f"{name} is no single line of text; set it anew")
        given = self._given.setdefault(name, [])
        if value not in given:
            self._given[name] = [*given[-1:], value]
        return value

    @property
    def given(self) -> tuple[str, ...]:
        """Those of each name that were given last, and the one before."""
        return tuple(value for values in self._given.values() for value in values)

    def hide(self, text: str) -> str:
        """A text without them."""
        return hidden(text, self.given)

    def hide_bytes(self, data: bytes) -> bytes:
        """Bytes without them, as many as before: lengths in a message stay right."""
        for form in forms(self.given):
            found = form.encode()
            if found in data:
                data = data.replace(found, b"*" * len(found))
        return data


class Given:
    """Secrets, as one feed read them last."""

    def __init__(self, secret: Callable[[str], str]) -> None:
        self._secret = secret
        self._read: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        self._read[name] = self._secret(name)
        return self._read[name]

    def has_changed(self) -> bool:
        """Whether one is another by now; one that is gone is none."""
        for name, value in self._read.items():
            with contextlib.suppress(FeedError):
                if self._secret(name) != value:
                    return True
        return False


def hidden(text: str, secrets: Iterable[str]) -> str:
    """A text in which these, and the parts they consist of, are no longer there."""
    for form in forms(tuple(secrets)):
        text = text.replace(form, HIDDEN)
    return text


@functools.lru_cache(maxsize=64)  # it is asked for each message that is recorded
def forms(secrets: tuple[str, ...]) -> list[str]:
    """Secrets and their parts, as they are and as a URL writes them; the longest first."""
    parts = {part for each in secrets for part in (each, *APART.split(each))}
    written = parts | {quote(part, safe="") for part in parts}
    long = (part for part in written if len(part) >= LEAST_HIDDEN)
    return sorted(long, key=len, reverse=True)
