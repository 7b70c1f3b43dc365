"""What `python -m jobs` did before, the command `pgstrike` does."""

import sys

sys.exit(
    "pgstrike: `python -m jobs` is now the command `pgstrike`; see `pgstrike --help`"
)
