"""pgstrike.js in Chromium: a cookie for the key, and a panel that holds what SQL says."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.api.conftest import KEY
from tests.support.browser import browsing, needs_chromium
from tests.support.live_market import EXPIRIES, open_store, quote, refresh

pytestmark = pytest.mark.one_engine

PAGE = f"""<!doctype html><script type="module">
import {{ Client }} from "/static/pgstrike.js";
const client = new Client();
const refused = await client.metrics().catch((error) => error.code);
await client.signIn("{KEY}");
const part = {{ expiry: "front", strikes: "atm:1", fields: "oi", interval: 0 }};
await fetch("/told?" + encodeURIComponent(JSON.stringify(refused)));
for await (const panel of client.panel({{ symbol: "NIFTY", ...part }})) {{
  const rows = [...panel.chains.values()].flatMap((chain) => [...chain.rows.values()]);
  await fetch("/told?" + encodeURIComponent(JSON.stringify(rows)));
}}
</script>"""


def said(connection: psycopg.Connection, expiry: date) -> list[Any]:
    return [
        {"strike": strike, "call_oi": call, "put_oi": put}
        for strike, call, put in connection.execute(
            "SELECT strike, call_oi, put_oi FROM analytics.chain('NIFTY', %s)"
            " WHERE abs(moneyness_level) <= 1 ORDER BY strike",
            [expiry],
        )
    ]


@needs_chromium
async def test_panel_in_a_browser_holds_what_sql_says(
    dsn: str,
    connection: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = open_store(connection)
    quote(store, 0)
    async with browsing(PAGE, dsn, tmp_path, monkeypatch) as told:
        assert json.loads(await told.get()) == "missing_key"
        for minutes in range(1, 4):
            refresh(connection)
            held = json.loads(await told.get())
            assert len(held) == 3
            assert held == said(connection, EXPIRIES[0])
            quote(store, minutes, seed=minutes)
