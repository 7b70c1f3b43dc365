"""Who asks, and how often: a key in a header, or the cookie that a key was exchanged for.

Never a key in a URL: URLs are logged and passed on. Started with --insecure, on a loopback
address only, the api lets everybody read everything.
"""

import contextlib
import math
from typing import NoReturn

from aiohttp import hdrs, web

from pgstrike.api.access.cookie import NAME, set_cookie
from pgstrike.api.access.keys import Key
from pgstrike.api.access.rate_limit import RateLimits
from pgstrike.api.access.rights import Rights
from pgstrike.api.access.sessions import Session
from pgstrike.api.addresses import origin, source
from pgstrike.api.errors import ApiError, Handler
from pgstrike.api.http.app_keys import KEYS, RATES, SETTINGS, WRONG_KEYS
from pgstrike.api.http.route import TABLE, Caller
from pgstrike.db.errors import DatabaseError
from pgstrike.db.session import EVERYTHING

SCHEME = "bearer "
CODE_SCHEME = "code "  # of a sign-in link, at POST /session alone
NOBODYS = Key(EVERYTHING, b"", Rights(reads_logs=True), is_admin=True, streams=None)
HOLDER = web.RequestKey("holder", Key)
SESSION = web.RequestKey("session", Session)
RENEWED = web.RequestKey(
    "renewed", str
)  # the cookie of a session that holds for longer


@web.middleware
async def require_key(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note whose request it is, and refuse one that is nobody's."""
    row = request.app[TABLE].row_of_path(request)
    if row is None or row.looks_at_key:
        try:
            request[HOLDER] = await holder(request)
        except (ApiError, DatabaseError):
            if row is None or row.caller is not Caller.ANYONE:
                raise
    if row is not None and row.caller is Caller.ADMIN and not is_admins(request):
        raise ApiError(
            403, "not_allowed", "Only the key of an administrator may do that."
        )
    if row is not None and row.caller is Caller.OPERATOR and not is_operators(request):
        raise ApiError(
            403,
            "not_allowed",
            "Only a key of all symbols may do that that is an administrator's or names "
            "topic ops.",
        )
    return await handler(request)


@web.middleware
async def limit_rate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request that comes too soon after many others with the same key."""
    row = request.app[TABLE].row_of_path(request)
    is_counted = row is None or row.is_counted
    if HOLDER in request and RATES in request.app and is_counted:
        rates = request.app[RATES]
        if wait := rates.take(key_of(request).name):
            raise too_many(
                "too_many_requests", f"More than {rates.per_second:g} requests", wait
            )
    return await handler(request)


def key_of(request: web.Request) -> Key:
    """The key of a request to a path that needs one."""
    return request[HOLDER]


def is_admins(request: web.Request) -> bool:
    """Whether the request is that of an administrator, also on a path that needs no key."""
    return HOLDER in request and key_of(request).is_admin


def is_operators(request: web.Request) -> bool:
    """Whether the key holds for all symbols, and is an administrator's or names topic ops."""
    return HOLDER in request and key_of(request).rights.reads_logs


async def holder(request: web.Request) -> Key:
    if request.app[SETTINGS].insecure:
        return NOBODYS
    sent = request.headers.get(hdrs.AUTHORIZATION, "")
    if sent[: len(SCHEME)].lower() == SCHEME:
        key = await request.app[KEYS].find(sent[len(SCHEME) :])
        return key or refuse_wrong_key(request)
    if sent[: len(CODE_SCHEME)].lower() == CODE_SCHEME and is_sign_in(request):
        key = await request.app[KEYS].of_code(sent[len(CODE_SCHEME) :])
        return key or refuse_wrong_code(request)
    if NAME in request.cookies:
        return await holder_of_cookie(request, request.cookies[NAME])
    raise refusal("missing_key", "There is no key")


async def holder_of_cookie(request: web.Request, cookie: str) -> Key:
    keys = request.app[KEYS]
    session_id = keys.sessions.cookies.session_id(cookie)
    if session_id is None:
        refuse_wrong_key(request)
    session = await keys.sessions.find(session_id)
    key = session and await keys.named(session.key_name)
    # A cookie was ours once: no guess, which would count.
    if session is None:
        raise refusal("session_ended", "The session has ended")
    if key is None or not session.is_of(session_id, key.key_hash):
        raise refusal("key_revoked", "The key of the session was revoked")
    if session.is_due():
        with contextlib.suppress(DatabaseError):  # it still holds, and is renewed later
            session = await keys.sessions.renew(session)
            request[RENEWED] = cookie
    request[SESSION] = session
    return key._replace(session=session.id_hash)


async def renew_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Have a browser keep the cookie of a session for as long as that holds now."""
    if RENEWED in request and hdrs.SET_COOKIE not in response.headers:
        give_cookie(request, response, request[RENEWED], request[SESSION])
        # aiohttp has made headers of the cookies before it calls this.
        response.headers.add(hdrs.SET_COOKIE, response.cookies[NAME].OutputString())


def give_cookie(
    request: web.Request, response: web.StreamResponse, cookie: str, session: Session
) -> None:
    secure = is_secure(request)
    set_cookie(response, cookie, session.seconds_left(), secure=secure)


def is_secure(request: web.Request) -> bool:
    """Whether the browser sent it over TLS, also to a proxy of ours."""
    if request.scheme == "https":
        return True
    if not request.app[SETTINGS].trusted_proxies.includes(request.remote or ""):
        return False
    # Of several proxies each may have added its own; a browser keeps a cookie that is
    # Secure off every other way.
    sent = ",".join(request.headers.getall(hdrs.X_FORWARDED_PROTO, []))
    return "https" in [scheme.strip().lower() for scheme in sent.split(",")]


def is_sign_in(request: web.Request) -> bool:
    return request.method == hdrs.METH_POST and request.path == "/session"


def refuse_wrong_key(request: web.Request) -> NoReturn:
    """Refuse it; an address with many wrong keys must wait, but its right keys still work."""
    count_wrong_key(request)
    raise refusal("wrong_key", "The key is not in force")


def refuse_wrong_code(request: web.Request) -> NoReturn:
    """Refuse it, counted like a wrong key: a code may be guessed as a key may."""
    count_wrong_key(request)
    raise refusal("wrong_code", "The sign-in link was used already, or has expired")


def count_wrong_key(request: web.Request) -> None:
    proxies = request.app[SETTINGS].trusted_proxies
    forwarded = request.headers.getall(hdrs.X_FORWARDED_FOR, [])
    address = origin(request.remote or "", forwarded, proxies)
    if wait := request.app[WRONG_KEYS].take(source(address)):
        raise too_many("too_many_wrong_keys", "More than one wrong key", wait)


def wrong_key_rates() -> RateLimits:
    return RateLimits(1, burst=20)


def too_many(code: str, finding: str, wait: float) -> ApiError:
    return ApiError(
        429,
        code,
        f"{finding} a second; send the same again later, or read the stream.",
        {hdrs.RETRY_AFTER: str(math.ceil(wait))},
    )


def refusal(code: str, finding: str) -> ApiError:
    return ApiError(
        401,
        code,
        f"{finding}; send the header `Authorization: Bearer KEY`, with a key of "
        "`pgstrike key create`.",
        {hdrs.WWW_AUTHENTICATE: "Bearer"},
    )
