"""Every path, with its handler, its parameters and its callers."""

from aiohttp.hdrs import METH_DELETE, METH_GET, METH_POST

from pgstrike.api.http.health import health, live, ready
from pgstrike.api.http.market import bootstrap
from pgstrike.api.http.performance import performance
from pgstrike.api.http.prometheus import prometheus
from pgstrike.api.http.rest import (
    DISTRIBUTION,
    SERIES,
    SYMBOL,
    close_session,
    metric,
    metrics,
    moneyness_series,
    open_session,
    show_session,
    strike_distribution,
)
from pgstrike.api.http.route import Caller, Route
from pgstrike.api.http.static import dashboard, licences, static_file
from pgstrike.api.http.stream import stream
from pgstrike.api.http.tasks import (
    LISTED,
    ask_for_task,
    cancel_task,
    list_kinds,
    list_tasks,
    show_task,
)
from pgstrike.api.streams.subscription import PARAMETERS as OF_STREAM

ANYONE, KEY = Caller.ANYONE, Caller.KEY

ROUTES = (
    Route(
        METH_GET, "/v1/bootstrap", bootstrap, KEY,
        "What the key may read: symbols, expiries, sessions, topics.", (),
    ),
    Route(
        METH_GET, "/v1/strike-distribution", strike_distribution, KEY,
        "One indicator by strike, calls and puts.", DISTRIBUTION,
    ),
    Route(
        METH_GET, "/v1/moneyness-series", moneyness_series, KEY,
        "One indicator over time, by moneyness level.", SERIES,
    ),
    Route(
        METH_GET, "/v1/metrics", metrics, KEY,
        "All metrics, each with its parameters and columns.", (),
    ),
    Route(
        METH_GET, "/v1/metrics/{metric}", metric, KEY,
        "The rows of a metric.", (SYMBOL,), takes_others=True,
    ),
    Route(
        METH_GET, "/v1/stream", stream, KEY,
        "Events as they come, or a panel of the chains.", OF_STREAM,
        has_head=False, is_counted=False,
    ),
    Route(
        METH_GET, "/session", show_session, KEY,
        "The caller's key, and its rights.", has_head=False,
    ),
    Route(METH_POST, "/session", open_session, KEY, "Exchange a key for a cookie."),
    Route(METH_DELETE, "/session", close_session, KEY, "End the session of a cookie."),
    Route(METH_POST, "/api/tasks", ask_for_task, KEY, "Ask for a task.", ()),
    Route(
        METH_GET, "/api/tasks", list_tasks, KEY, "The caller's tasks.", LISTED,
    ),
    Route(METH_GET, "/api/tasks/{id}", show_task, KEY, "How far a task is.", ()),
    Route(METH_DELETE, "/api/tasks/{id}", cancel_task, KEY, "Cancel a task.", ()),
    Route(
        METH_GET, "/api/task-kinds", list_kinds, KEY,
        "The kinds of tasks, each with the schema of its arguments.", (),
    ),
    Route(
        METH_GET, "/health", health, ANYONE,
        "Whether everything works; the details are for administrators.",
    ),
    Route(
        METH_GET, "/metrics", prometheus, Caller.OPERATOR,
        "Counts and durations, for Prometheus.",
    ),
    Route(
        METH_GET, "/api/performance-metrics", performance, Caller.ADMIN,
        "Times of the start, the slowest operations, sizes of the caches.",
    ),
    Route(
        METH_GET, "/ready", ready, ANYONE,
        "Whether the server can answer.", looks_at_key=False,
    ),
    Route(
        METH_GET, "/live", live, ANYONE,
        "Whether the process runs.", looks_at_key=False,
    ),
    Route(
        METH_GET, "/static/{filename:.*}", static_file, ANYONE,
        "The client for browsers.", looks_at_key=False,
    ),
    Route(
        METH_GET, "/", dashboard, ANYONE,
        "The dashboard, which asks for a key itself.", looks_at_key=False,
    ),
    Route(
        METH_GET, "/licences", licences, ANYONE,
        "The licences of what the dashboard contains.", looks_at_key=False,
    ),
)  # fmt: skip
