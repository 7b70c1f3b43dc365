"""One test for many files: for each, a test of its own costs more than what it asks."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pgstrike.db.paths import SQL


def each(
    paths: Sequence[Path],
) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Try every file of sql/, also after one that is wrong; each of those is named."""

    def tried(test: Callable[[Path], None]) -> Callable[[], None]:
        def on_all() -> None:
            failures: list[Exception] = []
            for path in paths:
                try:
                    test(path)
                except Exception as error:
                    error.add_note(f"of {in_sql(path)}")
                    failures.append(error)
            assert paths
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(paths)} files", failures)

        on_all.__name__, on_all.__doc__ = test.__name__, test.__doc__
        on_all.__module__ = test.__module__
        return on_all

    return tried


def in_sql(path: Path) -> str:
    return path.relative_to(SQL).as_posix()
