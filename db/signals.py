"""How a process of ours is asked to end: by a signal, or by the end of its input."""

import contextlib
import os
import signal
import threading
from time import sleep

STOP_SECONDS = 20.0


def ending_signals() -> list[signal.Signals]:
    """Those that mean a clean end. A closed terminal is one, unless `nohup` excludes it."""
    found = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        found.append(signal.SIGHUP)
    return found


def end_with_input() -> None:
    """End when the parent does: it holds the other end of our input, and writes nothing.

    That holds for a parent that was killed as well.
    """
    threading.Thread(target=wait_for_parent, name="parent", daemon=True).start()


def wait_for_parent() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(STOP_SECONDS)
    os._exit(1)  # the clean end hangs, and nobody else would end us
