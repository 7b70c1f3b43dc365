"""The Desk in Chromium: tasks, alerts, feeds and models."""

import psycopg
import pytest

from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.predict.predicting import predict
from pgstrike.jobs.predict.serving import Models
from tests.conftest import Stock
from tests.support.dashboard import CHROMIUM, Browser
from tests.support.desk import add_feeds, drive_feeds
from tests.support.predictions import add_model, add_predictions, add_row, draws
from tests.support.quote_market import ist
from tests.support.views import DASH, Page, add_session, row, rows_of

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]


@pytest.fixture
def stock() -> Stock:
    return add_session


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
