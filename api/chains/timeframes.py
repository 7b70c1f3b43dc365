"""The markets that are not one of bars."""

LIVE = "live"
LADDER = "ladder"  # live, with the figures that only SQL knows: how OI changed
