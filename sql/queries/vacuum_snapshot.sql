-- Free the row versions that the last refresh left behind, before the next one adds as many.
VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) fo.latest_snapshot; -- noqa: PRS, CP02
