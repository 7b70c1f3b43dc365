"""What `python -m api` did before, the command `pgstrike` does."""

import sys

sys.exit(
    "pgstrike: `python -m api` is now the command `pgstrike`; see `pgstrike --help`"
)
