"""Every path, with its handler, its parameters and its callers."""

from aiohttp.hdrs import METH_DELETE, METH_GET, METH_POST, METH_PUT

from pgstrike.api.http.alerts import (
    OF_FIRINGS,
    OF_REPLAY,
    list_alerts,
    list_firings,
    remove_alert,
    replay_alert,
    set_alert,
    show_alert,
)
from pgstrike.api.http.answers import alerts as alert_answers
from pgstrike.api.http.answers import charts as chart_answers
from pgstrike.api.http.answers import ingest as ingest_answers
from pgstrike.api.http.answers import market as market_answers
from pgstrike.api.http.answers import metrics as metric_answers
from pgstrike.api.http.answers import models as model_answers
from pgstrike.api.http.answers import operations as operation_answers
from pgstrike.api.http.answers import pages as page_answers
from pgstrike.api.http.answers import sessions as session_answers
from pgstrike.api.http.answers import tasks as task_answers
from pgstrike.api.http.answers import watchlists as watchlist_answers
from pgstrike.api.http.bundles import (
    OF_ALL,
    OF_BUNDLE,
    admin_logs,
    intraday,
    tasks,
)
from pgstrike.api.http.bundles import dashboard as dashboard_bundle
from pgstrike.api.http.docs import docs
from pgstrike.api.http.feeds import feeds
from pgstrike.api.http.health import health, live, ready
from pgstrike.api.http.ingest import MOST_BYTES, ingest
from pgstrike.api.http.kept import AFTER, cache
from pgstrike.api.http.logs import logs
from pgstrike.api.http.market import (
    OF_BARS,
    OF_CHAIN,
    OF_EVENTS,
    OF_EXPIRIES,
    OF_SIGNALS,
    bars,
    bootstrap,
    chain,
    events,
    expiries,
    signals,
)
from pgstrike.api.http.models import OF_SYMBOL as OF_MODELS
from pgstrike.api.http.models import list_models
from pgstrike.api.http.openapi import openapi
from pgstrike.api.http.performance import performance
from pgstrike.api.http.prometheus import prometheus
from pgstrike.api.http.rest import (
    DISTRIBUTION,
    OF_METRIC,
    SERIES,
    close_session,
    metric,
    metrics,
    moneyness_series,
    open_session,
    show_session,
    strike_distribution,
)
from pgstrike.api.http.route import Caller, Route
from pgstrike.api.http.shards import merged
from pgstrike.api.http.shards.bootstrap import bootstrap as bootstrap_of_all
from pgstrike.api.http.shards.ingest import ingest_of
from pgstrike.api.http.shards.stream import merged_stream
from pgstrike.api.http.static import dashboard, licences, static_file
from pgstrike.api.http.stream import panel_state, stream
from pgstrike.api.http.tasks import (
    LISTED,
    ask_for_task,
    cancel_task,
    list_kinds,
    list_tasks,
    show_task,
)
from pgstrike.api.http.udf import (
    OF_HISTORY,
    OF_SEARCH,
    OF_SYMBOL,
    config,
    history,
    search,
    server_time,
    symbols,
)
from pgstrike.api.http.watchlists import (
    BODY_BYTES,
    OF_WATCHLIST,
    list_watchlists,
    remove_watchlist,
    set_watchlist,
    show_watchlist,
)
from pgstrike.api.streams.subscription import OF_STATE
from pgstrike.api.streams.subscription import PARAMETERS as OF_STREAM

ANYONE, KEY = Caller.ANYONE, Caller.KEY

ROUTES = (
    Route(
        METH_GET, "/v1/bootstrap", bootstrap, KEY,
        "What the key may read: symbols, expiries, sessions, topics.", (AFTER,),
        answers=market_answers.BOOTSTRAP,
        merged=bootstrap_of_all,
    ),
    Route(
        METH_GET, "/v1/chain", chain, KEY,
        "The chain now or as of an instant, in quotes or bars.", OF_CHAIN,
        answers=metric_answers.CHAIN,
    ),
    Route(
        METH_GET, "/v1/bars", bars, KEY,
        "Bars of a strike, or of the underlying.", OF_BARS,
        answers=metric_answers.BARS,
    ),
    Route(
        METH_GET, "/v1/expiries", expiries, KEY,
        "The live expiries, each with its terms.", OF_EXPIRIES,
        answers=metric_answers.EXPIRIES,
    ),
    Route(
        METH_GET, "/v1/signals", signals, KEY,
        "The legs that stand out.", OF_SIGNALS,
        answers=metric_answers.SIGNALS,
    ),
    Route(
        METH_GET, "/v1/events", events, KEY,
        "A page of the log of events.", OF_EVENTS,
        answers=market_answers.EVENTS,
        merged=merged.events,
    ),
    Route(
        METH_GET, "/v1/strike-distribution", strike_distribution, KEY,
        "One indicator by strike, calls and puts.", DISTRIBUTION,
        answers=metric_answers.STRIKE_DISTRIBUTION,
    ),
    Route(
        METH_GET, "/v1/moneyness-series", moneyness_series, KEY,
        "One indicator over time, by moneyness level.", SERIES,
        answers=metric_answers.MONEYNESS_SERIES,
    ),
    Route(
        METH_GET, "/v1/metrics", metrics, KEY,
        "All metrics, each with its parameters and columns.", (),
        answers=metric_answers.METRICS,
    ),
    Route(
        METH_GET, "/v1/metrics/{metric}", metric, KEY,
        "The rows of a metric.", OF_METRIC, takes_others=True,
        answers=metric_answers.METRIC,
    ),
    Route(
        METH_GET, "/v1/models", list_models, KEY,
        "The models: what each predicts, how good it was in validation, and its warning.",
        (OF_MODELS,),
        answers=model_answers.MODELS,
        merged=merged.lists("models"),
    ),
    Route(
        METH_GET, "/v1/stream", stream, KEY,
        "Events as they come, or a panel of the chains.", OF_STREAM,
        has_head=False, is_counted=False,
        answers=market_answers.STREAM,
        merged=merged_stream,
    ),
    Route(
        METH_GET, "/udf/config", config, KEY,
        "What a chart of TradingView can ask here.", (),
        answers=chart_answers.CONFIG,
    ),
    Route(
        METH_GET, "/udf/symbols", symbols, KEY,
        "What a ticker is: hours, holidays, price steps.", OF_SYMBOL,
        answers=chart_answers.SYMBOL,
    ),
    Route(
        METH_GET, "/udf/search", search, KEY,
        "The tickers in which words are found.", OF_SEARCH,
        answers=chart_answers.SEARCH,
        merged=merged.search,
    ),
    Route(
        METH_GET, "/udf/history", history, KEY,
        "The bars of a ticker.", OF_HISTORY,
        answers=chart_answers.HISTORY,
    ),
    Route(
        METH_GET, "/udf/time", server_time, KEY,
        "The server's time, in seconds since 1970.", (),
        answers=chart_answers.TIME,
    ),
    Route(
        METH_GET, "/v1/panel", panel_state, KEY,
        "The state of a panel, once: for who cannot stream.", OF_STATE,
        answers=market_answers.PANEL,
        merged=merged.panel,
    ),
    Route(
        METH_GET, "/v1/events/intraday", intraday, KEY,
        "A stream of the legs that stand out.", OF_BUNDLE,
        has_head=False, is_counted=False,
        answers=market_answers.STREAM,
    ),
    Route(
        METH_GET, "/v1/events/dashboard", dashboard_bundle, KEY,
        "A stream of what a first page shows.", OF_BUNDLE,
        has_head=False, is_counted=False,
        answers=market_answers.STREAM,
    ),
    Route(
        METH_GET, "/v1/events/tasks", tasks, KEY,
        "A stream of the caller's tasks.", OF_ALL,
        has_head=False, is_counted=False,
        answers=market_answers.STREAM,
    ),
    Route(
        METH_GET, "/v1/events/admin/logs", admin_logs, Caller.OPERATOR,
        "A stream of the newest log lines.", OF_ALL,
        has_head=False, is_counted=False,
        answers=market_answers.STREAM,
    ),
    Route(
        METH_GET, "/session", show_session, KEY,
        "The caller's key, and its rights.", (), has_head=False,
        answers=session_answers.SESSION,
    ),
    Route(
        METH_POST, "/session", open_session, KEY, "Exchange a key for a cookie.", (),
        answers=session_answers.SESSION,
    ),
    Route(
        METH_DELETE, "/session", close_session, KEY, "End the session of a cookie.", (),
        answers=session_answers.CLOSED,
    ),
    Route(
        METH_POST, "/api/tasks", ask_for_task, KEY, "Ask for a task.", (),
        answers=task_answers.ASKED_TASK,
    ),
    Route(
        METH_GET, "/api/tasks", list_tasks, KEY, "The caller's tasks.", LISTED,
        answers=task_answers.TASKS,
    ),
    Route(
        METH_GET, "/api/tasks/{id}", show_task, KEY, "How far a task is.", (),
        answers=task_answers.TASK,
    ),
    Route(
        METH_DELETE, "/api/tasks/{id}", cancel_task, KEY, "Cancel a task.", (),
        answers=task_answers.CANCELLED_TASK,
    ),
    Route(
        METH_GET, "/api/task-kinds", list_kinds, KEY,
        "The kinds of tasks, each with the schema of its arguments.", (),
        answers=task_answers.TASK_KINDS,
    ),
    Route(
        METH_POST, "/v1/alerts", set_alert, KEY,
        "Set an alert, new or in place of the one of that name.", (),
        answers=alert_answers.SET_ALERT,
    ),
    Route(
        METH_GET, "/v1/alerts", list_alerts, KEY, "The caller's alerts.", (),
        answers=alert_answers.ALERTS,
    ),
    Route(
        METH_GET, "/v1/alerts/{name}", show_alert, KEY,
        "An alert, and how it stands.", (),
        answers=alert_answers.ALERT,
    ),
    Route(
        METH_DELETE, "/v1/alerts/{name}", remove_alert, KEY,
        "Remove an alert, with its firings.", (),
        answers=alert_answers.REMOVED_ALERT,
    ),
    Route(
        METH_GET, "/v1/alerts/{name}/firings", list_firings, KEY,
        "When an alert fired, with its rows.", OF_FIRINGS,
        answers=alert_answers.FIRINGS,
    ),
    Route(
        METH_POST, "/v1/alerts/{name}/replay", replay_alert, KEY,
        "Ask how often an alert would have fired; the answer is a task.", OF_REPLAY,
        answers=alert_answers.REPLAY,
    ),
    Route(
        METH_GET, "/v1/watchlists", list_watchlists, KEY,
        "The caller's watchlists, with their items.", (),
        answers=watchlist_answers.WATCHLISTS,
    ),
    Route(
        METH_PUT, "/v1/watchlists/{name}", set_watchlist, KEY,
        "Set a watchlist, new (201) or in place of the one of that name (200).", (),
        answers=watchlist_answers.SET_WATCHLIST, body_bytes=BODY_BYTES,
    ),
    Route(
        METH_GET, "/v1/watchlists/{name}", show_watchlist, KEY,
        "A watchlist, and all its quotes.", OF_WATCHLIST,
        answers=watchlist_answers.WATCHLIST,
    ),
    Route(
        METH_DELETE, "/v1/watchlists/{name}", remove_watchlist, KEY,
        "Remove a watchlist.", (),
        answers=watchlist_answers.REMOVED_WATCHLIST,
    ),
    Route(
        METH_POST, "/v1/ingest", ingest, KEY,
        "Store quotes, for keys that may; answered when they are stored.", (),
        merged=ingest_of,
        answers=ingest_answers.INGEST, body_bytes=MOST_BYTES,
    ),
    Route(
        METH_GET, "/health", health, ANYONE,
        "Whether everything works; the details are for administrators.",
        answers=operation_answers.STATUS,
        merged=merged.health,
    ),
    Route(
        METH_GET, "/metrics", prometheus, Caller.OPERATOR,
        "Counts and durations, for Prometheus.", (),
        answers=operation_answers.PROMETHEUS,
    ),
    Route(
        METH_GET, "/api/performance-metrics", performance, Caller.ADMIN,
        "Times of the start, the slowest operations, sizes of the caches.", (),
        answers=operation_answers.PERFORMANCE,
    ),
    Route(
        METH_GET, "/v1/cache", cache, Caller.ADMIN,
        "The answers in memory: how many, how large, how often they were used.", (),
        answers=operation_answers.CACHE,
    ),
    Route(
        METH_GET, "/v1/feeds", feeds, Caller.OPERATOR,
        "The live feeds: how each stands, and which is in charge of which symbol.", (),
        answers=operation_answers.FEEDS,
        merged=merged.lists("feeds"),
    ),
    Route(
        METH_GET, "/api/logs", logs, Caller.OPERATOR,
        "The newest log lines of the API and of the jobs.", (), answers=operation_answers.LOGS,
    ),
    Route(
        METH_GET, "/ready", ready, ANYONE,
        "Whether the server can answer.", looks_at_key=False,
        answers=operation_answers.STATUS,
    ),
    Route(
        METH_GET, "/live", live, ANYONE,
        "Whether the process runs.", looks_at_key=False,
        answers=operation_answers.STATUS,
    ),
    Route(
        METH_GET, "/openapi.json", openapi, ANYONE,
        "The description of all paths, in OpenAPI 3.1.", looks_at_key=False,
        answers=page_answers.OPENAPI,
    ),
    Route(
        METH_GET, "/docs", docs, ANYONE,
        "That description as a page, to read and to try.", looks_at_key=False,
        answers=page_answers.PAGE,
    ),
    Route(
        METH_GET, "/static/{filename:.*}", static_file, ANYONE,
        "The client for browsers.", looks_at_key=False,
        answers=page_answers.FILE,
    ),
    Route(
        METH_GET, "/", dashboard, ANYONE,
        "The dashboard, which asks for a key itself.", looks_at_key=False,
        answers=page_answers.PAGE,
    ),
    Route(
        METH_GET, "/licences", licences, ANYONE,
        "The licences of what the dashboard contains.", looks_at_key=False,
        answers=page_answers.FILE,
    ),
)  # fmt: skip
