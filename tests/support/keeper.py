"""What keeps a server of the tests in use between two runs: `keeper.py MARK SECONDS`.

It inherits a descriptor that holds the server's `users.lock`, so the server's guard waits. It
ends, and the guard then removes the server, once nobody has touched MARK for so long, or
MARK is gone.
"""

import sys
from pathlib import Path
from time import sleep, time

LOOK_SECONDS = 1.0


def is_wanted(mark: Path, seconds: float) -> bool:
    try:
        return time() - mark.stat().st_mtime < seconds
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    while is_wanted(Path(sys.argv[1]), float(sys.argv[2])):
        sleep(LOOK_SECONDS)
