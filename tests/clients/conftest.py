"""A server of ours, for the clients that are tried against it."""

from tests.api.conftest import client, serve

__all__ = ["client", "serve"]
