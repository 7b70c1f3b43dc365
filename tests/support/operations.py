"""The commands of docs/operations.md, run as an operator would."""

import os
import re
import subprocess
import textwrap
from pathlib import Path

from pgstrike.db.embedded.server import Server
from pgstrike.db.paths import ROOT
from tests.support.engines import venv_path

PAGE = ROOT / "docs" / "operations.md"
OWNER, API = "pgstrike", "pgstrike_api"


def sections() -> dict[str, str]:
    """The commands under each heading that has some."""
    parts = re.split(r"^#+ (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    found = {}
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        lines = [line for line in text.splitlines() if line.startswith("    ")]
        if lines:
            found[heading] = textwrap.dedent("\n".join(lines))
    return found


def follow(heading: str, server: Server, place: Path) -> str:
    """Run the commands under a heading against a server, and return what they say.

    The dump lies in `place`; what the checkout has is found from there.
    """
    for name in ("docker", "alembic.ini", "migrations"):
        if not (place / name).exists():
            (place / name).symlink_to(ROOT / name)
    environ = {
        **os.environ,
        "PATH": f"{server.bin_dir}:{venv_path()}",
        "PGHOST": str(server.sockets),
        "PGUSER": "postgres",
        "PGSTRIKE_DSN": dsn_of(server, OWNER),
        "PGSTRIKE_OWNER_PASSWORD": "it's of the owner",
        "PGSTRIKE_API_PASSWORD": "of-the-api",
    }
    done = subprocess.run(
        ["sh", "-e", "-c", sections()[heading]],
        cwd=place,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (heading, done.stdout, done.stderr)
    return done.stdout + done.stderr


def dsn_of(server: Server, role: str) -> str:
    return server.dsn("pgstrike").replace("user=postgres", f"user={role}")
