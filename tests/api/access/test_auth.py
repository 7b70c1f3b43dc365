"""The key: in the header, everywhere but for /health."""

import pytest
from yarl import URL

from tests.api.conftest import KEY, Serve

pytestmark = pytest.mark.one_engine

PATHS = [
    "/fo/strike-distribution?symbol=NIFTY",
    "/fo/moneyness-series",
    "/fo/stream",
    "/x",
]
REFUSED = [
    (None, "missing_key"),
    ("", "missing_key"),
    (KEY, "missing_key"),
    (f"Basic {KEY}", "missing_key"),
    ("Bearer ", "missing_key"),
    (f"Bearer {KEY}x", "wrong_key"),
    (f"Bearer {KEY[:-1]}", "wrong_key"),
    ("Bearer schl\N{LATIN SMALL LETTER U WITH DIAERESIS}ssel", "wrong_key"),
]


async def test_key_is_asked_for(serve: Serve) -> None:
    async with serve() as client:
        session = client.session
        del session.headers["Authorization"]
        for path in PATHS:
            for value, code in REFUSED:
                headers = {} if value is None else {"Authorization": value}
                async with session.get(path, headers=headers) as answer:
                    assert answer.status == 401
                    assert answer.headers["WWW-Authenticate"] == "Bearer"
                    assert (await answer.json())["error"]["code"] == code, value


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
async def test_scheme_has_no_case(serve: Serve, scheme: str) -> None:
    async with serve() as client:
        for key, status in ((KEY, 200), (KEY.upper(), 401)):
            client.session.headers["Authorization"] = f"{scheme} {key}"
            assert (await client.get("/v1/metrics"))[0] == status


async def test_key_in_url_is_no_key(serve: Serve) -> None:
    async with serve() as client:
        del client.session.headers["Authorization"]
        for name in ("key", "access_token"):
            status, body = await client.get(f"/fo/stream?{name}={KEY}")
            assert (status, body["error"]["code"]) == (401, "missing_key")


async def test_health_needs_no_key(serve: Serve) -> None:
    async with serve() as client:
        del client.session.headers["Authorization"]
        assert (await client.get("/health"))[0] == 200


async def test_static_files_need_no_key_and_lead_nowhere_else(serve: Serve) -> None:
    async with serve() as client:
        session = client.session
        del session.headers["Authorization"]
        async with session.get("/static/pgstrike.js") as answer:
            assert answer.status == 200
            assert answer.content_type.endswith("/javascript")
            assert "export {\n  Client," in await answer.text()
            base = str(answer.url.origin())
        for path in ("/static/..%2fapp.py", "/static/%2e%2e/fo/stream", "/static/x"):
            url = URL(base + path, encoded=True)
            async with session.get(url) as answer:
                assert answer.status in (401, 403, 404), path


async def test_insecure_asks_for_none(serve: Serve) -> None:
    async with serve(key=None) as client:
        del client.session.headers["Authorization"]
        status, _ = await client.get("/fo/strike-distribution?symbol=NIFTY")
        assert status == 200
