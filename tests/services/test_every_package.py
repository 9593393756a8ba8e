"""All cases of the demo town through all three gates and the verifier: long, so in the drill."""

from pathlib import Path

import pytest

from torget.archive.tests import gates, making
from torget.demo import build
from torget.journal import verifier
from torget.journal.models import Checkpoint
from torget.register.models import Case

BATCH = 40
"""Packages for each start of Java."""


@pytest.mark.drill
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_every_case_of_the_demo_town_is_valid_and_holds(tmp_path: Path) -> None:
    build.ekevik(messages=None, say=lambda line: None)
    cases = list(Case.objects.order_by("pk"))
    assert len(cases) > 100
    for start in range(0, len(cases), BATCH):
        made = [making.packed(case, tmp_path).path for case in cases[start : start + BATCH]]
        key = verifier.parse_key(Checkpoint.objects.latest().key)
        assert [path.name for path in made if verifier.check_file(path, key)["code"] != "package_holds"] == []
        assert gates.faults(*made) == []
        for path in made:
            path.unlink()
