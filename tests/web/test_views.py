"""The other views in Chromium: their charts are drawn, and their figures are those of SQL."""

import gzip
import shutil
import subprocess
from datetime import timedelta
from itertools import islice
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from pgstrike.db.paths import ROOT
from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.replay_pacing import snapshots
from pgstrike.jobs.predict.predicting import predict
from pgstrike.jobs.predict.serving import Models
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import DATA, Stock
from tests.support.dashboard import CHROMIUM, DRAWN, Browser
from tests.support.desk import add_feeds, drive_feeds
from tests.support.live_market import open_store
from tests.support.predictions import add_model, add_predictions, add_row, draws
from tests.support.quote_market import ist

pytestmark = pytest.mark.one_engine
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium here"
)

EXPIRY = "2025-09-02"
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
CHARTS = {"oi": 7, "volatility": 4, "gamma": 6, "straddle": 3, "desk": 0}
# Of the recorded snapshots: the first 7 are of a holiday. Between the two is a hole.
TAKEN = (range(8, 12), range(24, 28))
WITH = '{"size":"units","numbers":"plain"}'
# Of each canvas, how many of its pixels are drawn.
PIXELS = """all => all.map(canvas => canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height).data
    .reduce((sum, part, at) => sum + (at % 4 === 3 && part > 0), 0))"""
READY = """() => document.querySelector(".panel .body > :not(.loading)")
    && !document.querySelector(".loading, .is-loading")"""
LEGEND = """panel => Object.fromEntries(
    [...panel.querySelectorAll(".legend li:not(.lead)")].map(item =>
        ["span", "b"].map(name => item.querySelector(name).textContent)))"""
TILES = """panel => Object.fromEntries([...panel.querySelectorAll(".tile")].map(tile =>
    ["dt", "dd"].map(name => tile.querySelector(name).textContent)))"""


def add_session(connection: psycopg.Connection) -> None:
    """A few snapshots of a recorded session, some of them after a hole."""
    store = open_store(connection)
    with gzip.open(DATA / "nse-nifty-2025-08-29.csv.gz") as file:
        last = TAKEN[-1].stop
        for place, batch in enumerate(islice(snapshots(read_nse_csv(file, 75)), last)):
            if any(place in taken for taken in TAKEN):
                store.add(batch)
    refresh_all(connection)


@pytest.fixture
def stock() -> Stock:
    return add_session


class Page:
    """A page that goes from view to view."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address

    async def show(self, view: str, at: str | None = None) -> None:
        instant = "" if at is None else f"&at={at}"
        query = f"?symbol=NIFTY&expiry={EXPIRY}&over=5m&view={view}{instant}"
        await self.page.goto(f"{self.address}/{query}")
        await self.page.wait_for_function(READY, timeout=60_000)
        # A chart is drawn with the first layout of its box.
        await self.page.evaluate(DRAWN)

    async def legend(self, panel: str) -> dict[str, str]:
        found: dict[str, str] = await self.page.eval_on_selector(
            f".panel-{panel}", LEGEND
        )
        return found

    async def tiles(self, panel: str) -> dict[str, str]:
        found: dict[str, str] = await self.page.eval_on_selector(
            f".panel-{panel}", TILES
        )
        return found

    async def statements(self) -> list[str]:
        """The SQL of every panel that has one, as its dialog shows it."""
        found = []
        for button in await self.page.query_selector_all(".tools button"):
            if await button.inner_text() == "SQL":
                await button.click()
                found.append(await self.page.inner_text("dialog pre"))
                await self.page.keyboard.press("Escape")
        return found


@pytest.fixture
async def page(browser: Browser) -> Page:
    tab = await browser.signed_in()
    # Another address before the code has become a cookie would leave it used for nothing.
    await tab.wait_for_selector("main .panel")
    await tab.evaluate(f"localStorage.setItem('pgstrike', '{WITH}')")
    return Page(tab, browser.address)


def rows_of(
    connection: psycopg.Connection, sql: str, *values: Any
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql, values).fetchall()


def row(connection: psycopg.Connection, sql: str, *values: Any) -> dict[str, Any]:
    return rows_of(connection, sql, *values)[-1]


def text(value: float | None, digits: int) -> str:
    return DASH if value is None else f"{value:,.{digits}f}".replace("-", MINUS)


def short(value: float) -> str:
    """As the page writes a size without lakhs."""
    for scale, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= max(scale * 0.99995, 1e5):
            return text(value / scale, 2) + letter
    return text(value, 0)


@needs_chromium
async def test_every_view_is_drawn(
    browser: Browser, page: Page, connection: psycopg.Connection
) -> None:
    """Without an error, an empty chart, or a statement that psql would refuse."""
    statements = set()
    for view, charts in CHARTS.items():
        await page.show(view)
        assert await page.page.query_selector_all(".error") == []
        drawn = await page.page.eval_on_selector_all("main canvas", PIXELS)
        assert len(drawn) == charts
        assert all(pixels > 1000 for pixels in drawn), f"{view}: {drawn}"
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert await page.page.evaluate(wide) <= 0
        statements.update(await page.statements())
    assert len(statements) >= 18
    for statement in statements:
        for each in filter(str.strip, statement.split(";")):
            connection.execute(each)
    assert browser.faults == []


@needs_chromium
async def test_figures_are_those_of_sql(
    browser: Browser, page: Page, connection: psycopg.Connection
) -> None:
    """Of charts, tiles and tables, now and before the hole."""
    first = row(connection, "SELECT min(bucket_time) AS time FROM fo.expiry_metrics")
    early = first["time"] + timedelta(minutes=3, seconds=30)
    for time in (None, early):
        at = None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"
        # A series ends with the last bucket that was over then.
        end = None if time is None else time - timedelta(seconds=59)
        asked = (EXPIRY, "1min", None, end)
        series = "SELECT * FROM analytics.{}('NIFTY', %s, %s, %s, %s)"
        await page.show("oi", at)
        found = row(connection, series.format("cumulative_oi"), *asked)
        assert await page.legend("oi-change") == {
            "calls": short(found["call_oi_change_running"]),
            "puts": short(found["put_oi_change_running"]),
            "net": short(found["net_oi_change_running"]),
        }
        found = row(connection, series.format("max_pain_series"), *asked)
        assert await page.legend("oi-max-pain") == {
            "max pain": f"{found['max_pain']:g}",
            "underlying": text(found["underlying"], 2),
        }
        await page.show("gamma", at)
        found = row(
            connection,
            "SELECT * FROM analytics.exposure_levels('NIFTY', %s, %s)",
            EXPIRY,
            at,
        )
        tiles = await page.tiles("exposure-levels")
        assert tiles["Flip"] == text(found["gex_flip"], 1)
        assert tiles["Put wall"] == f"{found['put_wall']:g}"
        assert tiles["Net GEX"] == short(found["net_gex"])
        assert tiles["Net charm"] == short(found["net_charm"])
        await page.show("straddle", at)
        found = row(connection, series.format("move_series"), *asked)
        legend = await page.legend("move")
        assert legend["realised move"] == text(found["realised_move"], 2)
        assert legend["straddle"] == text(found["straddle"], 2)
        await page.show("volatility", at)
        found = row(
            connection, "SELECT * FROM analytics.constant_maturity_iv('NIFTY', %s)", at
        )
        tiles = await page.tiles("iv-rank")
        assert tiles["IV of 30 days"] == f"{100 * found['iv']:.1f} %"
        assert tiles["IV rank"] == DASH  # there is no session before
    assert browser.faults == []


@needs_chromium
async def test_hole_is_a_gap(browser: Browser, page: Page) -> None:
    """No line crosses it, and the pointer in it has no figure."""
    await page.show("straddle")
    over = await page.page.query_selector(".panel-move .u-over")
    box = await over.bounding_box()
    await page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    await page.page.wait_for_function(
        "() => document.querySelector('.panel-move .lead').textContent !== 'newest'"
    )
    legend = await page.legend("move")
    assert set(legend.values()) == {DASH}
    crossed = await page.page.eval_on_selector(
        ".panel-move .plot",
        """plot => {
            const canvas = plot.querySelector("canvas");
            const over = plot.querySelector(".u-over").getBoundingClientRect();
            const box = canvas.getBoundingClientRect();
            const colour = getComputedStyle(
                plot.closest(".panel").querySelector(".swatch")).color.match(/\\d+/g).map(Number);
            const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
            const at = share => {
                const x = Math.round(over.left - box.left + share * over.width);
                let found = 0;
                for (let y = 0; y < canvas.height; y++) {
                    const pixel = 4 * (y * canvas.width + x);
                    found += data[pixel + 3] > 100 && colour.every((part, place) =>
                        Math.abs(data[pixel + place] - part) < 16);
                }
                return found;
            };
            return [0.05, 0.1, 0.4, 0.5, 0.6, 0.9, 0.95].map(at);
        }""",
    )
    assert [pixels > 0 for pixels in crossed] == [
        *(True, True),
        *(False, False, False),
        *(True, True),
    ]
    assert browser.faults == []


@needs_chromium
async def test_task_is_asked_for_and_cancelled(
    browser: Browser, page: Page, connection: psycopg.Connection
) -> None:
    """By an administrator; there is nobody to do it, so it waits until it is cancelled."""
    connection.execute(
        "INSERT INTO job.task_kind (name, about, schema, is_for_readers) VALUES"
        " ('recount', 'Count again.', %s, FALSE)",
        [
            '{"type": "object", "required": ["symbol"], "properties": '
            '{"symbol": {"type": "string"}, "days": {"type": "integer"}}}'
        ],
    )
    await page.show("desk")
    await page.page.fill(".panel-tasks [name=days]", "3")
    await page.page.click(".panel-tasks form button")
    await page.page.click(".panel-tasks td button")
    await page.page.wait_for_selector(".panel-tasks .state-cancelled")
    found = row(connection, "SELECT * FROM ops.tasks()")
    assert found["arguments"] == {"symbol": "NIFTY", "days": 3}
    assert found["state"] == "cancelled"
    assert browser.faults == []


@needs_chromium
async def test_alert_is_set_shown_as_fired_and_removed(
    browser: Browser, page: Page, connection: psycopg.Connection
) -> None:
    """It fires at once, because its SELECT has rows; a SELECT that cannot run is refused."""
    await page.show("desk")
    form = ".panel-alerts form"
    await page.page.fill(f"{form} [name=name]", "always")
    await page.page.fill(f"{form} [name=statement]", "SELECT nosuch")
    await page.page.click(f"{form} button")
    await page.page.wait_for_selector(".panel-alerts .error")
    await page.page.fill(f"{form} [name=statement]", "SELECT asked.symbol")
    await page.page.click(f"{form} button")
    await page.page.wait_for_selector(".panel-alerts tbody tr")
    assert look_at_alerts(connection) == 1
    fired = ".panel-alerts tbody td.number:text-is('1')"
    await page.page.wait_for_selector(fired)
    await page.page.click(".panel-alerts [aria-label='Remove always']")
    await page.page.wait_for_selector(".panel-alerts .nothing")
    assert row(connection, "SELECT count(*) AS alerts FROM job.alert") == {"alerts": 0}
    assert [fault for fault in browser.faults if "422" not in fault] == []


@needs_chromium
async def test_feeds_show_state_charge_and_exact_failure(
    browser: Browser, page: Page, connection: psycopg.Connection
) -> None:
    """On a phone too, where a row is a list: nothing has to be scrolled to the side."""
    add_feeds(connection)
    drive_feeds(connection)
    await page.show("desk")
    await page.page.wait_for_selector(".panel-feeds tbody td")
    said = await page.page.eval_on_selector_all(
        ".panel-feeds tbody tr",
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))",
    )
    feeds = rows_of(connection, "SELECT * FROM ops.feeds()")
    assert [cells[0] for cells in said] == [feed["name"] for feed in feeds]
    assert said[1] == [
        "kite", "live since 09:14:58", "NIFTY since 11:40:58", "11:59:58", "0.3 s", "0",
        DASH,
    ]  # fmt: skip
    assert said[0][-1] == f"11:41:09: {feeds[0]['failure']}"
    assert said[2][1] == "off since 09:14:59"
    await page.page.set_viewport_size({"width": 390, "height": 844})
    wider = await page.page.eval_on_selector_all(
        ".stacks",
        "all => all.map(each => each.scrollWidth - each.parentNode.clientWidth)",
    )
    assert wider and max(wider) <= 0
    assert browser.faults == []


@needs_chromium
async def test_models_show_probability_calibration_and_warning(
    browser: Browser, page: Page, connection: psycopg.Connection
) -> None:
    """A new prediction is shown by its event."""
    model = add_model(connection, "up", validation={"base_rate": 0.5})
    values, outcomes = draws(1, 120)
    add_predictions(connection, model, values, outcomes, ist("10:00:00"))
    await page.show("desk")
    cells = ".panel-models tbody td"
    await page.page.wait_for_selector(cells)
    said = await page.page.eval_on_selector_all(
        cells, "all => all.map(cell => cell.textContent.trim())"
    )
    score = row(
        connection, "SELECT * FROM analytics.calibration('NIFTY') WHERE scope = 'all'"
    )
    assert said[:2] == ["up 1higher in 5 min", f"{values[-1] * 100:.1f} %"]
    assert said[5:] == [
        "50.0 %", f"{score['brier_score']:.3f} / {score['base_brier_score']:.3f}", "120",
    ]  # fmt: skip
    assert said[3] == "drift is unknown: its validation has no ranges of its features"
    dots = await page.page.query_selector_all(".panel-models circle")
    assert len(dots) == 10
    predict(connection, [add_row(connection, ist("13:00:00"))], Models())
    await page.page.wait_for_selector(".panel-models td:has-text('50.0 %') b")
    assert browser.faults == []


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm here")
def test_modules_in_node() -> None:
    """Numbers, axes, gaps: what needs no browser."""
    if not (ROOT / "web" / "node_modules").exists():
        pytest.skip("the packages of web/ are not installed: `make web` does that")
    done = subprocess.run(
        ["npm", "run", "--silent", "test"],
        cwd=ROOT / "web",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
