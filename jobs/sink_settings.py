"""Where alerts are sent to, and with which secrets: known to this process alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from pgstrike.db.errors import SettingError

TELEGRAM = "telegram"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Secret(str):
    """A text that no log shows by accident."""

    def __repr__(self) -> str:
        return "<a secret>"


class Sink(NamedTuple):
    """A webhook's address, or a chat of Telegram. An address may hold a secret too."""

    url: Secret = Secret()
    chat: str = ""


class SinkSettings(NamedTuple):
    """The sinks by their names, and what they need."""

    sinks: Mapping[str, Sink] = {}
    webhook_secret: Secret | None = None
    telegram_token: Secret | None = None
    telegram_url: str = "https://api.telegram.org"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "SinkSettings":
        sinks = sinks_of(secret(environ, "PGSTRIKE_ALERT_SINKS") or "")
        token = secret(environ, "PGSTRIKE_TELEGRAM_TOKEN")
        if token is None and any(sink.chat for sink in sinks.values()):
            raise SettingError(
                "PGSTRIKE_ALERT_SINKS names a chat of Telegram, and there is no bot's token; "
                "set PGSTRIKE_TELEGRAM_TOKEN"
            )
        url = environ.get("PGSTRIKE_TELEGRAM_URL") or cls().telegram_url
        safe("PGSTRIKE_TELEGRAM_URL", url)
        return cls(sinks, secret(environ, "PGSTRIKE_WEBHOOK_SECRET"), token, url)


def secret(environ: Mapping[str, str], name: str) -> Secret | None:
    """The value of a setting, or what the file says that <name>_FILE names."""
    text, path = environ.get(name), environ.get(f"{name}_FILE")
    if path:
        if text:
            raise SettingError(f"{name} and {name}_FILE are both set; set one of them")
        try:
            text = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeError):
            raise SettingError(
                f"{name}_FILE cannot be read; set it to a text file"
            ) from None
    return Secret(text) if text else None


def sinks_of(text: str) -> dict[str, Sink]:
    """Of `desk=https://hooks.example.org/x phone=telegram:-100123`."""
    sinks: dict[str, Sink] = {}
    for place, part in enumerate(text.split(), 1):
        name, equals, address = part.partition("=")
        # The address is not shown: it may be a secret.
        label = f"PGSTRIKE_ALERT_SINKS, entry {place},"
        if not (name and equals and address):
            raise SettingError(
                f"{label} is not NAME=ADDRESS; write desk=https://hooks.example.org/x"
            )
        if name in sinks:
            raise SettingError(f"{label} has a name that came before; name each once")
        kind, _, chat = address.partition(":")
        if kind == TELEGRAM and chat:
            sinks[name] = Sink(chat=chat)
        else:
            safe(label, address)
            sinks[name] = Sink(url=Secret(address))
    return sinks


def safe(label: str, address: str) -> SplitResult:
    """The parts of an address that is https, or on this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not address.isascii():
        raise SettingError(f"{label} is no address; write https://hooks.example.org/x")
    if parts.username is not None or parts.password is not None:
        raise SettingError(f"{label} has a user's name in its address; leave it out")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise SettingError(
            f"{label} is not https, which only an address of this machine may be; "
            "write https://..."
        )
    return parts
