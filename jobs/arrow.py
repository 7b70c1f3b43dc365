"""pyarrow, which is an extra."""

from typing import Any

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.loading import LOADING

NEEDED = "Parquet needs pyarrow; pip install 'pgstrike[parquet]'"


def pyarrow(error: type[PgstrikeError] = PgstrikeError) -> Any:
    """The package, imported when it is first needed, or the error that says so."""
    try:
        with LOADING:
            import pyarrow
            import pyarrow.parquet
    except ImportError:
        raise error(NEEDED) from None
    return pyarrow
