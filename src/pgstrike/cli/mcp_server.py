"""The MCP server: two tools, `list` and `ask`, over the metrics of a running api."""

import json
from collections.abc import Mapping
from importlib import metadata
from typing import Any
from urllib.parse import quote

import aiohttp
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from pgstrike.cli.mcp import KEY, URL, McpSettings
from pgstrike.db.errors import PgstrikeError, one_line

PATIENCE = aiohttp.ClientTimeout(60)
FEW_ROWS = "200"  # of an answer, where nobody says how many: each is read by a model
ABOUT = (
    "Option-chain analytics of pgstrike. Call `list` to learn which metrics there are, "
    "then `ask` one. Unknown figures are null, never 0."
)
OF_METRIC = ("metric", "about", "parameters", "fields")
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
TOOLS = [
    Tool(
        name="list",
        description=(
            "The symbols with their live expiries, and the metrics: what each means, its "
            "parameters, its columns with types and units. With a metric, that one alone."
        ),
        input_schema={
            "type": "object",
            "properties": {
                "metric": {"type": "string", "description": "One of them; none: all."}
            },
            "additionalProperties": False,
        },
        annotations=READS,
    ),
    Tool(
        name="ask",
        description=(
            "The rows of a metric, in the order of `columns`. Besides a metric's own "
            "parameters: expiry (a date, front, next, all), strikes (atm:10, "
            "24000..25000), at, from, to (instants with a zone, or with tz), fields, "
            f"limit ({FEW_ROWS} if none is sent), and cursor for the next page."
        ),
        input_schema={
            "type": "object",
            "properties": {
                "metric": {"type": "string", "description": "A name of `list`: pcr."},
                "parameters": {
                    "type": "object",
                    "description": 'Such as {"symbol": "NIFTY", "expiry": "front"}.',
                },
            },
            "required": ["metric"],
            "additionalProperties": False,
        },
        annotations=READS,
    ),
]


class ToolError(PgstrikeError):
    """What a call cannot be answered with, and what to do, in one line."""


class Api:
    """The metrics of a running api, with the rights of a key."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The answer of a tool, as JSON."""
        refuse_others(name, arguments)
        match name:
            case "list":
                return await self.catalogue(arguments.get("metric"))
            case _:
                return await self.rows(
                    arguments.get("metric"), arguments.get("parameters")
                )

    async def catalogue(self, metric: object) -> str:
        """One metric; or all, with the symbols and live expiries that they can be asked for."""
        answer = await self.get("/v1/metrics", [])
        known = {
            each["metric"]: {name: each[name] for name in OF_METRIC}
            for each in answer["metrics"]
        }
        if metric is None:
            market = await self.get("/v1/bootstrap", [])
            symbols = {
                each["symbol"]: [life["expiry"] for life in each["expiries"]]
                for each in market["symbols"]
            }
            return in_json({"symbols": symbols, "metrics": [*known.values()]})
        if not isinstance(metric, str) or metric not in known:
            raise ToolError(
                f'unknown metric "{metric}"; send one of: {", ".join(known)}'
            )
        return in_json(known[metric])

    async def rows(self, metric: object, parameters: object) -> str:
        if not isinstance(metric, str) or not metric:
            raise ToolError("metric is missing; send a name of `list`, such as pcr")
        if not isinstance(parameters, dict | None):
            raise ToolError(
                'parameters is no object; send one, such as {"symbol": "NIFTY"}'
            )
        if "format" in (parameters or {}):
            raise ToolError("leave format out; the answer is JSON")
        sent = {"limit": FEW_ROWS, **(parameters or {})}
        path = f"/v1/metrics/{quote(metric, safe='')}"
        return in_json(await self.get(path, [*words(sent)]))

    async def get(self, path: str, query: list[tuple[str, str]]) -> dict[str, Any]:
        try:
            async with self._session.get(self._url + path, params=query) as response:
                answer = json.loads(await response.read())
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ToolError(
                f"cannot reach the api at {self._url} ({one_line(error)}); start "
                f"`pgstrike serve`, or set {URL}"
            ) from error
        except ValueError as error:
            raise ToolError(
                f"{self._url} is no api of pgstrike; set {URL} to its address"
            ) from error
        if status >= 400:
            raise refusal(status, answer)
        found: dict[str, Any] = answer
        return found


def refuse_others(name: str, arguments: Mapping[str, Any]) -> None:
    """Refuse a tool, or an argument of it, that there is not."""
    schemas = {tool.name: tool.input_schema["properties"] for tool in TOOLS}
    if name not in schemas:
        raise ToolError(f'unknown tool "{name}"; call {" or ".join(schemas)}')
    for other in arguments.keys() - schemas[name].keys():
        raise ToolError(
            f'{name} has no argument "{other}"; send {", ".join(schemas[name])}, '
            "and a metric's own parameters within parameters"
        )


def words(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters as those of a URL; a list is one of several values."""
    return [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, values in parameters.items()
        for value in (values if isinstance(values, list) else [values])
        if value is not None
    ]


def refusal(status: int, answer: Any) -> ToolError:
    try:
        message = answer["error"]["message"].rstrip(".")
    except (KeyError, TypeError):
        return ToolError(f"the api answered {status}; set {URL} to its address")
    if status == 401:
        return ToolError(
            f"the api refused the key; set {KEY} to one of `pgstrike key create`"
        )
    return ToolError(message)


def in_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


async def serve_tools(settings: McpSettings) -> None:
    """Answer calls on stdin until it ends."""
    headers = {"Authorization": f"Bearer {settings.key}"} if settings.key else {}
    async with aiohttp.ClientSession(headers=headers, timeout=PATIENCE) as session:
        api = Api(session, settings.url)

        async def list_tools(
            context: ServerRequestContext[Any], sent: PaginatedRequestParams | None
        ) -> ListToolsResult:
            return ListToolsResult(tools=TOOLS)

        async def call_tool(
            context: ServerRequestContext[Any], sent: CallToolRequestParams
        ) -> CallToolResult:
            try:
                return result(await api.call(sent.name, sent.arguments or {}))
            except ToolError as error:
                return result(str(error), is_error=True)

        server = Server(
            "pgstrike",
            version=metadata.version("pgstrike"),
            instructions=ABOUT,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
        )
        async with stdio_server() as (received, answered):
            await server.run(received, answered, server.create_initialization_options())


def result(text: str, *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], is_error=is_error
    )
