"""A reader's login that tries to learn what it may not read, and all that it can observe."""
