-- Give all its free space back. Readers wait meanwhile.
VACUUM (FULL) fo.latest_snapshot; -- noqa: PRS
