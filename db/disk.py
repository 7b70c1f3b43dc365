"""The free space of a disk, where it is one of this machine."""

import os


def free_mb(directory: str | None) -> float | None:
    """Of the disk of a directory; None where it is another machine's, or not ours to see."""
    if directory is None:
        return None
    try:
        disk = os.statvfs(directory)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize / 1e6
