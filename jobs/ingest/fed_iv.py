"""Feeds whose own IV is not to be trusted."""

import numpy as np

from pgstrike.jobs.quote import LEGS, QuoteBatch


def without_iv(batch: QuoteBatch) -> QuoteBatch:
    """The batch as if its feed brought no IV: it is solved from prices, and not stored."""
    rows = batch.rows.copy()
    for leg in LEGS:
        rows[f"{leg}_iv"] = np.nan
    return batch._replace(rows=rows)
