"""Station 00: where quotes come from; every feed is a generator of QuoteBatch."""
