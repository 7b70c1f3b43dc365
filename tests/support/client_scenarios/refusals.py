"""A request that is refused: its error is raised, and nothing tried again."""

import json

from tests.support.client_scenarios.scenario import Scenario
from tests.support.misbehaving import Reply


def refusal(status: int) -> Scenario:
    body = {"error": {"code": "x", "message": "Send the key."}}
    return Scenario(
        f"refusal {status} is raised at once",
        (Reply(status, json.dumps(body)),),
        [],
        resumes_from=[None],
        error=("RequestError", "x", "Send the key."),
    )


REFUSALS = [refusal(status) for status in (400, 401, 403, 404)]
