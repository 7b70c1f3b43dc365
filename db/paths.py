"""Where pgstrike keeps its files that are not Python."""

from pathlib import Path

import pgstrike

assert pgstrike.__file__ is not None
PACKAGE = Path(pgstrike.__file__).absolute().parent
SQL = PACKAGE / "sql"
MIGRATIONS = PACKAGE / "migrations"

# The checkout: the package links to its folders. Of an installed wheel, the package itself.
ROOT = Path(__file__).resolve().parent.parent
IS_CHECKOUT = (ROOT / "alembic.ini").is_file()

# Where root keeps the embedded server: its user may enter, and only root can make names.
ROOT_PLACE = Path("/var/lib/pgstrike")
