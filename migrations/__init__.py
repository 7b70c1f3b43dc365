"""The past: frozen revisions, replayed, never edited."""
