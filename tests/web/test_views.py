"""The other views in Chromium: their charts are drawn, and their figures are those of SQL."""

import csv
from datetime import timedelta

import psycopg
import pytest

from tests.conftest import Stock
from tests.support.dashboard import CHROMIUM, Browser
from tests.support.views import DASH, EXPIRY, Page, add_session, row, rows_of

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]

MINUS = "\N{MINUS SIGN}"
CHARTS = {"oi": 7, "volatility": 4, "gamma": 6, "straddle": 3, "desk": 0}
# Of each canvas, how many of its pixels are drawn.
PIXELS = """all => all.map(canvas => canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height).data
    .reduce((sum, part, at) => sum + (at % 4 === 3 && part > 0), 0))"""


@pytest.fixture
def stock() -> Stock:
    return add_session


def text(value: float | None, digits: int) -> str:
    return DASH if value is None else f"{value:,.{digits}f}".replace("-", MINUS)


def short(value: float) -> str:
    """As the page writes a size without lakhs."""
    for scale, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= max(scale * 0.99995, 1e5):
            return text(value / scale, 2) + letter
    return text(value, 0)


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


@pytest.mark.parametrize(("view", "panel"), [("oi", "oi-all"), ("desk", "unusual-oi")])
async def test_csv_has_the_rows_of_the_statement(
    browser: Browser, page: Page, connection: psycopg.Connection, view: str, panel: str
) -> None:
    """Where a panel draws a part of an answer, or sums of it."""
    await page.show(view)
    buttons = page.page.locator(f".panel-{panel} .tools button")
    await buttons.filter(has_text="SQL").click()
    statement = await page.page.inner_text("dialog pre")
    await page.page.keyboard.press("Escape")
    async with page.page.expect_download() as downloading:
        await buttons.filter(has_text="CSV").click()
    saved = await (await downloading.value).path()
    with saved.open(newline="") as file:
        found = [
            {name: known(cell) for name, cell in row.items()}
            for row in csv.DictReader(file)
        ]
    said = rows_of(connection, statement)
    assert found == [
        {name: known("" if cell is None else str(cell)) for name, cell in row.items()}
        for row in said
    ]
    if view == "desk":
        legs = await page.page.locator(
            f".panel-{panel} td:first-child"
        ).all_inner_texts()
        assert legs == [
            f"{row['strike']:g} {'CE' if row['leg'] == 'call' else 'PE'}"
            for row in said
        ]
    assert browser.faults == []


def known(cell: str) -> float | str | None:
    """A cell of a CSV; an empty one is unknown."""
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


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
