"""Placing the two servers of a round, and playing it."""

import contextlib
import json
import tempfile
from pathlib import Path
from time import monotonic

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from pgstrike.db.shards import NAME
from tests.soak.plan import Plan
from tests.soak.round import Result
from tests.soak.service import Service
from tests.soak.shards.round import Round
from tests.soak.shards.side import Side, side_of
from tests.support.engines import clone, make_server, make_template, running

SAFE: dict[str, str] = {}  # what was committed survives a crash


async def play(plan: Plan, engine: Engine, server: Server, template: str) -> Result:
    """Play a round; the second server is its own."""
    began = monotonic()
    result = Result(plan.seed, engine, subscribers=plan.subscribers)
    async with contextlib.AsyncExitStack() as stack:
        other = make_server(engine, SAFE)
        assert other is not None
        stack.enter_context(running(other))
        places = {"home": (server, template), "bank": (other, make_template(other))}
        sides = []
        for name, (own, of) in places.items():
            dsn = stack.enter_context(clone(own, of, f"shards_{plan.seed}"))
            sides.append(await stack.enter_async_context(side_of(name, own, dsn)))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        service = Service(environ_of(sides, Path(folder)), plan.workers)
        played = Round(plan, sides, service, result)
        try:
            await played.run()
        except Exception as error:
            words = f"{error!r} while {played.doing}; {service.lines[-2:]}"
            result.tally.count("wrong", words)
        result.server_log = service.lines if result.tally else []
    result.seconds = monotonic() - began
    return result


def environ_of(sides: list[Side], folder: Path) -> dict[str, str]:
    home, *others = sides
    file = folder / "shards.toml"
    file.write_text(
        "".join(
            f"[{side.name}]\ndsn = {json.dumps(side.through)}\n"
            f"symbols = {json.dumps([side.symbol])}\n"
            for side in others
        )
    )
    return {"PGSTRIKE_DSN": home.through, NAME: str(file)}
