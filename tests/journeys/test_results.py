"""The results that the statement of accessibility is filled from belong to the pages that there are now."""

import json

import pytest

from tests.journeys.measured import ALL
from tests.journeys.pages import PAGES
from tests.journeys.states import STATES
from torget.accessibility import reading, rules, words

pytestmark = pytest.mark.once
AGAIN = "Measure again and commit the file:  python scripts/accessibility.py"


def committed() -> rules.Results:
    return rules.read_results(json.loads(reading.RESULTS.read_text()))


def test_the_results_are_of_the_pages_and_states_that_there_are() -> None:
    found = committed()
    assert set(found.pages) == {shown.name for shown in PAGES}, AGAIN
    assert set(found.states) == {state.name for state in STATES}, AGAIN


def test_every_check_has_looked_and_has_words_in_the_statement() -> None:
    found = committed()
    assert set(found.checks) == set(ALL) == set(words.CHECKS)
    assert all(check.looked for check in found.checks.values()), AGAIN
    known = {shown.name for shown in PAGES} | {state.name for state in STATES}
    journeys = {"resident", "communicator", "approver", "registrar", "administrator", "expert"}
    assert found.faulty <= known | journeys | {"skriv-fel"}, AGAIN


def test_readability_was_measured_on_every_public_page_in_swedish() -> None:
    swedish = {shown.name for shown in PAGES if not shown.role and not shown.path.startswith("/en")}
    assert set(committed().lix) == swedish, AGAIN
    assert committed().hardest <= rules.LIX_BAR


def test_names_of_pages_and_states_do_not_meet() -> None:
    names = [shown.name for shown in PAGES] + [state.name for state in STATES]
    assert len(names) == len(set(names))
