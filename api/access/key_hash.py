"""How a key is stored. `pgstrike key` imports this alone, which loads fast."""

import hashlib


def hash_of(key: str) -> bytes:
    """The stored form of a key. A key is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
