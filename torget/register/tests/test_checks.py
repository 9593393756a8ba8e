"""The doctor's look at the record: words that were changed past Torget are found, and the record named."""

from tests.support.making import first, town
from torget.register import checks
from torget.register.models import RecordVersion


def test_words_that_were_changed_are_found_and_named(db: None) -> None:
    here = town()
    conversation = here.given("Hundra meter")
    here.given("Något annat")
    [found] = checks.all_versions()
    assert found.ok and found.says.startswith("2 versioner")
    record = first(conversation).record
    RecordVersion.objects.filter(record=record).update(text="Hundra mester")
    [found] = checks.all_versions()
    assert not found.ok and record.ref in found.says and found.remedy
