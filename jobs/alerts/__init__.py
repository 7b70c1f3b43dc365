"""Alerts: running their SELECTs, noting when they fire, telling the sinks."""
