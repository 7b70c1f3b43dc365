"""What servers do wrong, and what a client must make of it, in whatever language."""

from tests.support.client_scenarios.changes import CHANGED
from tests.support.client_scenarios.cuts import CUT, LONG
from tests.support.client_scenarios.panels import PANELS
from tests.support.client_scenarios.polls import POLLS
from tests.support.client_scenarios.refusals import REFUSALS
from tests.support.client_scenarios.resets import RESETS
from tests.support.client_scenarios.waits import WAIT

SCENARIOS = [*CHANGED, *CUT, *LONG, *WAIT, *RESETS, *POLLS, *PANELS, *REFUSALS]
