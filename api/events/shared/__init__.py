"""One LISTEN for all processes of a host: one of them listens, and sends to the others."""
