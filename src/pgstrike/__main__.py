"""`python -m pgstrike` is the command `pgstrike`."""

import sys

from pgstrike.cli.main import main

sys.exit(main())
