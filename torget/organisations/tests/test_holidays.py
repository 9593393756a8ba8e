"""The holidays of one year more are there as soon as there is a new year."""

from datetime import date

import pytest

from tests.support.making import MONDAY, Town, town
from torget.core import clock
from torget.organisations import actions
from torget.organisations.models import ClosedDay

NEXT = MONDAY.replace(year=MONDAY.year + 1)


@pytest.fixture
def ekevik(db: None) -> Town:
    """A town without any closed day."""
    return town()


def test_each_new_year_brings_the_holidays_of_the_year_after_the_next(ekevik: Town) -> None:
    with clock.at(MONDAY):
        actions.add_public_holidays(MONDAY.year)
        assert actions.renew_holidays() == 0
        before = ClosedDay.objects.count()
    with clock.at(NEXT):
        added = actions.renew_holidays()
        assert added > 8 and ClosedDay.objects.count() == before + added
        assert ClosedDay.objects.filter(day=date(NEXT.year + 2, 12, 25)).exists()
        # What is taken away stays away.
        ClosedDay.objects.filter(day=date(NEXT.year + 2, 12, 24)).delete()
        assert actions.renew_holidays() == 0
        assert not ClosedDay.objects.filter(day=date(NEXT.year + 2, 12, 24)).exists()


def test_an_empty_torget_has_no_holidays(db: None) -> None:
    assert actions.renew_holidays() == 0 and not ClosedDay.objects.exists()
