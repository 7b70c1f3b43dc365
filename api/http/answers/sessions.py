"""The session of a cookie, with the rights of its key."""

from pgstrike.api.http.answer import Answer
from pgstrike.api.http.schemas import FLAG, TEXT, array, nullable, record

RIGHTS = {
    "name": TEXT,
    "symbols": nullable(array(TEXT)),
    "topics": nullable(array(TEXT)),
    "is_admin": FLAG,
}
SESSION = Answer(record({**RIGHTS, "until": nullable(TEXT)}))
CLOSED = Answer(record({}))
