"""Returning freed memory to the operating system."""

import asyncio
import contextlib
import ctypes
from collections.abc import Callable

M_MMAP_THRESHOLD = -3
LARGE_BYTES = 65_536
MANY = 100  # readers that have gone
PAUSE_SECONDS = 5.0


def return_freed_memory() -> None:
    """Have large blocks go back to the system as soon as they are freed.

    glibc takes a large block that is freed for a sign that there will be more, and keeps all
    up to its size from then on: a server whose slow readers have gone stays as large as it
    was with them. Other C libraries have no such setting, and need none.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


async def give_back(gone: Callable[[], int]) -> None:
    """Have small blocks go back as well when many readers have gone, until cancelled."""
    told = gone()
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        if gone() - told >= MANY:
            told = gone()
            await asyncio.to_thread(trim)


def trim() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
