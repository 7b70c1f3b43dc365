"""The widths of the grid on which a feed that sends strikes or legs becomes snapshots."""

from pgstrike.jobs.feed.times import SECOND

LEAST, MOST = SECOND // 5, 5 * SECOND
USUAL = 2 * SECOND
