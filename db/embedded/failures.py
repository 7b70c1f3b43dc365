"""Why the embedded server failed: the cause in one line, out of what programs said."""

import errno
import re
from pathlib import Path

from pgstrike.db.embedded.folders import ELSEWHERE, server_user
from pgstrike.db.errors import one_line

FATAL = re.compile(r"(?:FATAL|PANIC): +(.*)")
OTHER_VERSION = re.compile(
    r"initialized by PostgreSQL version (\S+), which is not compatible with this version (\S+)"
)
NO_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}


def why_program_failed(program: str, base: Path, said: str, logged: str) -> str:
    """`said` is the program's own output, `logged` what the server's log gained meanwhile."""
    if "No space left on device" in said + logged:
        return no_space(base)
    if versions := OTHER_VERSION.search(logged):
        made, ours = versions.groups()
        return (
            f"{base / 'data'} was made by PostgreSQL {made}, and this is {ours}; "
            f"move it with pg_upgrade, or {ELSEWHERE}"
        )
    lines = FATAL.findall(logged) or said.strip().splitlines() or ["it said nothing"]
    advice = f"see {base / 'server.log'}"
    if "Permission denied" in said + logged:
        advice += f", or set PGSTRIKE_DATA_DIR to a place that {users_name()} may enter"
    return f"{program} of the embedded server failed: {lines[-1].strip()}; {advice}"


def why_refused(error: BaseException, base: Path) -> str:
    """What the system or the driver refused."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return no_space(base)
    if isinstance(error, OSError) and error.errno in NO_RIGHTS:
        return (
            f"the embedded server: may not write {error.filename or base} "
            f"({error.strerror}); set PGSTRIKE_DATA_DIR to a folder that you may write"
        )
    if isinstance(error, OSError):
        return (
            f"the embedded server cannot use {error.filename or base} ({error.strerror}); "
            "set PGSTRIKE_DATA_DIR to another folder"
        )
    return f"the embedded server: {one_line(error)}"


def no_space(base: Path) -> str:
    return (
        f"no space is left for the embedded server in {base}; free some, "
        "or set PGSTRIKE_DATA_DIR to a folder on another disk"
    )


def users_name() -> str:
    user = server_user()
    return user.pw_name if user else "you"
