"""docs/http.md and docs/streaming.md name the routes and parameters that there are."""

import re

from pgstrike.api.http.routes import OF_STREAM, ROUTES
from pgstrike.db.paths import ROOT


def first_cells(page: str, heading: str) -> list[str]:
    """The words in code of the first column, in the table that begins with a heading."""
    table = (ROOT / "docs" / page).read_text().split(heading)[1].split("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def test_page_lists_every_route() -> None:
    named = first_cells("http.md", "| path |")
    paths = {
        "/v1/metrics/{metric}": "/v1/metrics/NAME",
        "/api/tasks/{id}": "/api/tasks/ID",
    }
    assert sorted(named) == sorted(
        f"{route.method} {paths.get(route.path, route.path)}".replace(
            "{filename:.*}", "pgstrike.js"
        ).replace("{name}", "NAME")
        for route in ROUTES
    )


def test_page_lists_every_parameter_of_the_stream() -> None:
    named = first_cells("streaming.md", "| parameter of")
    assert sorted(named) == sorted(parameter.name for parameter in OF_STREAM)
