"""What handlers find in the application."""

from aiohttp import web

from pgstrike.api.access.keys import Keys
from pgstrike.api.access.rate_limit import RateLimits
from pgstrike.api.cache.answers import Answers
from pgstrike.api.events.answered import Answered
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.listener import Listener
from pgstrike.api.events.log import EventLog
from pgstrike.api.http.database_state import DatabaseWatch
from pgstrike.api.settings import ApiSettings
from pgstrike.api.streams.registry import StreamRegistry
from pgstrike.db.pool import Pool

SETTINGS = web.AppKey("settings", ApiSettings)
DSN = web.AppKey("dsn", str)
POOL: web.AppKey[Pool] = web.AppKey("pool")
LOG = web.AppKey("log", EventLog)
HUB = web.AppKey("hub", Hub)
KEYS = web.AppKey("keys", Keys)
RATES = web.AppKey("rates", RateLimits)
WRONG_KEYS = web.AppKey("wrong_keys", RateLimits)
STREAMS = web.AppKey("streams", StreamRegistry)
DATABASE = web.AppKey("database", DatabaseWatch)
ANSWERS = web.AppKey("answers", Answers)
ANSWERED = web.AppKey("answered", Answered)
LISTENER = web.AppKey("listener", Listener)
