"""The doctor's page for administrators."""

from typing import Any

import pytest
from django.test import Client

from tests.support.making import town
from torget.core import doctor
from torget.organisations.rules import Role


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_see_it(db: None, role: Role) -> None:
    client = Client()
    client.force_login(town().user(role))
    assert client.get("/installningar/halsa/").status_code == 403


def test_what_is_wrong_comes_first_with_its_remedy(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(doctor, "checks", {})
    doctor.register("eget", lambda: [doctor.Check("disken", False, "är <full>", "Frigör plats.")])
    doctor.register("annat", lambda: [doctor.Check("kvoten", True, "tar slut", "Vänta.", warn=True)])

    def others() -> list[doctor.Check]:
        asked.append(True)
        return []

    doctor.register("nätet", others, network=True)
    client = Client()
    client.force_login(town().user(Role.ADMINISTRATOR))
    page = client.get("/installningar/halsa/").content.decode()
    assert page.index("är &lt;full&gt;") < page.index("Frigör plats.") < page.index("tar slut") < page.index("databas")
    assert not asked, "a page waits for no other machine"
    assert client.post("/installningar/halsa/").status_code == 405
    assert client.get("/installningar/").content.decode().count("/installningar/halsa/") == 1
