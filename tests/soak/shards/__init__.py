"""Two servers with a symbol each, behind one api: `--topology shards`.

Each server's log is the oracle of its own events, and its SQL that of its chains.
"""
