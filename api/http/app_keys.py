"""What handlers find in the application."""

import socket
from collections.abc import Mapping
from typing import TypeAlias

from aiohttp import web

from pgstrike.api.access.keys import Keys
from pgstrike.api.access.rate_limit import RateLimits
from pgstrike.api.cache.answers import Answers
from pgstrike.api.events.answered import Answered
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.listener import Listener
from pgstrike.api.events.log import EventLog
from pgstrike.api.events.merged import MergedHub
from pgstrike.api.http.database_state import DatabaseWatch
from pgstrike.api.http.lag import PrimaryLag
from pgstrike.api.settings import ApiSettings
from pgstrike.api.streams.registry import StreamRegistry
from pgstrike.db.pool import Pool

SETTINGS = web.AppKey("settings", ApiSettings)
DSN = web.AppKey("dsn", str)
# Of a worker whose host has a process that listens: where it joins that, by server.
DoorsByServer: TypeAlias = Mapping[str, socket.socket]
NO_DOORS: DoorsByServer = {}
DOORS: web.AppKey[DoorsByServer] = web.AppKey("doors")
DOOR: web.AppKey[socket.socket | None] = web.AppKey("door")  # of its own server
POOL: web.AppKey[Pool] = web.AppKey("pool")
LAG = web.AppKey("lag", PrimaryLag)  # only where a copy of the primary is read
PRIMARY: web.AppKey[Pool] = web.AppKey("primary")  # for all that the api writes
LOG = web.AppKey("log", EventLog)
HUB = web.AppKey("hub", Hub)
HOME = web.AppKey("home", web.Application)  # of a shard
# Of the home server, where symbols live on several servers.
MERGED_HUB = web.AppKey("merged_hub", MergedHub)
MERGED = web.AppKey("merged", StreamRegistry)
KEYS = web.AppKey("keys", Keys)
RATES = web.AppKey("rates", RateLimits)
WRONG_KEYS = web.AppKey("wrong_keys", RateLimits)
STREAMS = web.AppKey("streams", StreamRegistry)
DATABASE = web.AppKey("database", DatabaseWatch)
ANSWERS = web.AppKey("answers", Answers)
ANSWERED = web.AppKey("answered", Answered)
LISTENER = web.AppKey("listener", Listener)
