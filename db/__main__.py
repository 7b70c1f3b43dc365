"""What `python -m db` did before, the command `pgstrike` does."""

import sys

sys.exit(
    "pgstrike: `python -m db` is now the command `pgstrike`; see `pgstrike --help`"
)
