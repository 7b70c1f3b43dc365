"""`pgstrike mcp`: the metrics as tools for language models."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import NamedTuple

import click

from pgstrike.cli.known_settings import warn_of_unknown
from pgstrike.db.errors import SettingError

URL, KEY = "PGSTRIKE_MCP_URL", "PGSTRIKE_MCP_KEY"


class McpSettings(NamedTuple):
    """The api that is asked, and the key that it is asked with."""

    url: str
    key: str | None

    def __repr__(self) -> str:
        return f"<the settings of {self.url}>"  # the key is for no log

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "McpSettings":
        url = environ.get(URL) or "http://127.0.0.1:8765"
        if not url.startswith(("http://", "https://")):
            raise SettingError(
                f"{URL} is {url[:80]!r}; set it to the address of the api, such as "
                "http://127.0.0.1:8765"
            )
        return cls(url.rstrip("/"), environ.get(KEY) or None)


@click.command()
def mcp() -> None:
    """Offer the metrics to a language model, over stdin and stdout.

    A program that speaks MCP starts this command. It asks the api at PGSTRIKE_MCP_URL
    with the key PGSTRIKE_MCP_KEY, and has the rights of that key.
    """
    warn_of_unknown()
    settings = McpSettings.from_env(os.environ)
    if find_spec("mcp") is None:
        raise SettingError(
            "`pgstrike mcp` needs the package mcp; run `pip install 'pgstrike[mcp]'`"
        )
    import asyncio

    from pgstrike.cli.mcp_server import serve_tools

    asyncio.run(serve_tools(settings))
