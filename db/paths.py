"""Where the checkout keeps what is not Python."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SQL = ROOT / "sql"
MIGRATIONS = ROOT / "migrations"

# Where root keeps the embedded server: its user may enter, and only root can make names.
ROOT_PLACE = Path("/var/lib/pgstrike")
