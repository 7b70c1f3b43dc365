"""A variable that begins with PGSTRIKE_ and is no setting: one line warns of it."""

import os
import re
import sys
from collections.abc import Iterator, Mapping

from pgstrike.db.settings import RENAMED

PREFIX = "PGSTRIKE_"
# Without PGSTRIKE_, as docs/settings.md lists them.
SETTINGS = [
    "DSN",
    "PRIMARY_DSN",
    "SHARDS",
    "SOURCE",
    "AFTER_SECONDS",
    "MAX_LAG_SECONDS",
    "REDIS_URL",
    "REDIS_STREAM",
    "REDIS_ENTRIES",
    "DATA_DIR",
    "ENGINE",
    "POOL_SIZE",
    "INTEREST_RATE",
    "HORIZON_DAYS",
    "PRICING_SECONDS",
    "FED_IV",
    "STORE_CONNECTIONS",
    "ROLLUP_SECONDS",
    "SNAPSHOT_SECONDS",
    "READER_SECONDS",
    "KEEP_RAW_SESSIONS",
    "ARCHIVE_DIR",
    "MAX_TASKS",
    "ALERT_SINKS",
    "WEBHOOK_SECRET",
    "TELEGRAM_TOKEN",
    "TELEGRAM_URL",
    "INGEST_DIR",
    "EXPORT_DIR",
    "COMPRESS_AFTER_SESSIONS",
    "API_HOST",
    "API_PORT",
    "API_KEY",
    "HEARTBEAT_SECONDS",
    "PROBE_SECONDS",
    "POLL_SECONDS",
    "QUEUE_EVENTS",
    "MAX_STREAMS",
    "MAX_STREAMS_PER_KEY",
    "MAX_SUBSCRIPTIONS_PER_KEY",
    "REQUESTS_PER_SECOND",
    "MAX_LISTENERS",
    "MAX_CONNECTIONS",
    "MAX_CONNECTIONS_PER_ADDRESS",
    "HEADER_SECONDS",
    "IDLE_SECONDS",
    "TRUSTED_PROXIES",
    "CORS_ORIGINS",
    "LATE_SECONDS",
    "METRICS_LISTEN",
    "MCP_URL",
    "MCP_KEY",
    "CACHE_MB",
    "LOG",
    "LOG_REPEAT_SECONDS",
    "MIN_INTERVAL_MS",
]
IN_FILES = ("ALERT_SINKS_FILE", "WEBHOOK_SECRET_FILE", "TELEGRAM_TOKEN_FILE")
# Of the client in notebooks, of the tests, and of docker/.
OF_OTHERS = [
    "URL",
    "DATA",
    "TEST_PG_CONFIG",
    "API_PASSWORD",
    "DB_PASSWORD",
    "OWNER_PASSWORD",
    "STANDBY_PASSWORD",
    "PRIMARY_HOST",
    "GRAFANA_PASSWORD",
    "GRAFANA_DB_ADDRESS",
    "GRAFANA_DB_NAME",
    "GRAFANA_DB_PASSWORD",
]
# Tests of ours, and the addresses that Kubernetes and Docker give each container.
FOREIGN = re.compile(
    r"TEST_.*|(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_.*)?)"
)
LINKED = re.compile(r"(tcp|udp|sctp)://")  # a value of theirs
# A feed of a plug-in may read a secret by any name.
SECRETS = re.compile(r".*(TOKEN|SECRET|PASSWORD|KEY)(_FILE)?")
KNOWN = frozenset((*SETTINGS, *IN_FILES, *OF_OTHERS, *RENAMED))

_warned = set[str]()


def warn_of_unknown(environ: Mapping[str, str] = os.environ) -> None:
    """Warn on the standard error, once in a process of each."""
    for name, line in unknown(environ):
        if name not in _warned:
            _warned.add(name)
            sys.stderr.write(f"pgstrike: {line}\n")


def unknown(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables that nobody reads, each with the line that says so."""
    for variable, value in environ.items():
        name = variable.removeprefix(PREFIX)
        if name == variable or name in KNOWN or FOREIGN.fullmatch(name):
            continue
        if LINKED.match(value):
            continue
        near = nearest(name)
        if near is None and SECRETS.fullmatch(name):
            continue
        shown = ascii(variable[:80])[1:-1]
        advice = f"did you mean {PREFIX}{near}?" if near else "unset it"
        yield variable, f"{shown} is no setting, and is ignored; {advice}"


def nearest(name: str) -> str | None:
    """The setting whose name is most alike, if one is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, SETTINGS, 1, 0.75)), None)
