"""What an adversary and an unlucky operator try: a few of each in CI, all in `make attack`."""

from tests.api.conftest import client, serve

__all__ = ["client", "serve"]
