"""Pages and files, and the description of the api."""

from pgstrike.api.http.answer import Answer, text
from pgstrike.api.http.schemas import OBJECT

FILE = text("*/*", 404)
PAGE = text("text/html")
OPENAPI = Answer(OBJECT, has_etag=True)
