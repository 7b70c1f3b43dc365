"""What the developers of pgstrike run; nothing here is installed."""
