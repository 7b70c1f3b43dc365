"""The models: what each predicts, how it was judged, and what has to be said of it."""

from aiohttp import web

from pgstrike.api.http.alerts import listed
from pgstrike.api.http.route import SENT
from pgstrike.api.language import SYMBOL
from pgstrike.api.parameters import Optional

OF_SYMBOL = Optional(
    "symbol", SYMBOL.kind, SYMBOL.example, "Only the models for that symbol."
)


async def list_models(request: web.Request) -> web.Response:
    return await listed(
        request, "known_models", {"symbol": request[SENT][OF_SYMBOL]}, "models"
    )
