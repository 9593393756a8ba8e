"""What a new `keys/secret.key` ends and what it does not, as the table in docs/operate/security.md says."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.support import making
from torget.accounts import sealing
from torget.conversations import actions
from torget.core.errors import Refused
from torget.organisations import actions as organisations
from torget.organisations.rules import Role

pytestmark = pytest.mark.django_db


def test_a_new_key_ends_log_ins_and_no_secret_address_that_is_out(settings: Any) -> None:
    town = making.town()
    by = town.user(Role.ADMINISTRATOR)
    receipt, _ = town.written()
    invitation = organisations.invite(email="ny@exempel.se", name="Ny", role=Role.EXPERT, by=by)
    link = organisations.link_of(invitation)
    sealed = sealing.seal(making.PERSON)
    client = Client()
    client.force_login(by)
    desk = reverse("desk:queue")
    assert client.get(desk).status_code == 200

    settings.SECRET_KEY = "a new one, of forty signs and more than that, as at the first start"

    assert client.get(desk).status_code == 302
    assert actions.find_receipt(receipt) and organisations.find_open(link.rstrip("/").rpartition("/")[2]) == invitation
    # Worked out anew it is another, which opens nothing until it is sent again.
    again = organisations.link_of(invitation)
    with pytest.raises(Refused, match="unknown"):
        organisations.find_open(again.rstrip("/").rpartition("/")[2])
    new = organisations.link_of(organisations.resend(invitation, by=by))
    assert organisations.find_open(new.rstrip("/").rpartition("/")[2]) == invitation
    with pytest.raises(Refused, match="seal_broken"):
        sealing.unseal(sealed)
