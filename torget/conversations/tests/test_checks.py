"""The doctor's look at the channels: each trouble of an account is named with where to mend it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.making import Town, town
from tests.support.ports import LOOPBACK, free_port
from torget.conversations import checks
from torget.conversations.models import Account, Outbox, Quarantined, RawEvent
from torget.core import clock
from torget.core.doctor import Check


@pytest.fixture
def here(db: None, settings: Any, tmp_path: Path) -> Town:
    """A town that is no demo."""
    settings.TORGET_HOME = tmp_path
    return town(demo=False)


def _found(name: str) -> Check:
    return next(check for check in checks.examine() if check.name.startswith(name))


@pytest.mark.parametrize(
    ("given", "level", "says"),
    [
        pytest.param({}, "good", "hämtad", id="fetched just now"),
        pytest.param({"state": Account.NEEDS_LOGIN}, "bad", "anslutas igen", id="wants a person to log in"),
        pytest.param({"state": Account.FAILING, "problem": "timeout"}, "bad", "timeout", id="not reached"),
        pytest.param({"fetched_at": -timedelta(hours=1)}, "bad", "hämtades senast", id="not fetched for an hour"),
        pytest.param({"token_expires_at": timedelta(days=2)}, "warn", "går ut", id="a token that runs out"),
        pytest.param({"quota_left": 5, "quota_limit": 300}, "warn", "5 av 300", id="a quota nearly used"),
        pytest.param({"gap": True}, "warn", "1 lucka som", id="a gap that nobody has looked at"),
        pytest.param({"key": "{trasig"}, "bad", "nyckelfil", id="a broken file of secrets"),
    ],
)
def test_an_account(here: Town, given: dict[str, Any], level: str, says: str, settings: Any) -> None:
    account, now = here.account("mastodon", "ekevik@social.example"), clock.now()
    if given.pop("gap", False):
        account.gaps.create(since=now - timedelta(hours=2), until=now, noticed_at=now)
    if key := given.pop("key", ""):
        path = settings.TORGET_HOME / "keys" / "kanaler" / f"{account.pk}.json"
        path.parent.mkdir(parents=True)
        path.write_text(key)
    moments = {name: now + value if isinstance(value, timedelta) else value for name, value in given.items()}
    Account.objects.filter(pk=account.pk).update(**({"state": Account.GOOD, "fetched_at": now} | moments))
    found = _found("kanal mastodon")
    assert found.level == level and says in found.says
    assert bool(found.remedy) == (level != "good")


def test_the_troubles_of_a_demo_town_are_its_story(here: Town) -> None:
    here.organisation.demo = True
    here.organisation.save()
    account = here.account("mastodon", "ekevik@social.example")
    Account.objects.filter(pk=account.pk).update(state=Account.NEEDS_LOGIN)
    assert _found("kanal mastodon").level == "warn"


def test_answers_of_unknown_outcome_and_those_that_wait(here: Town) -> None:
    assert _found("utkorgen").level == "good" and _found("svar på väg ut").level == "good"
    _, conversation = here.written(email="signe@exempel.se")
    message = here.answered(conversation, here.user())
    with clock.at(clock.now() + timedelta(hours=1)):
        found = _found("svar på väg ut")
    assert not found.ok and "systemctl" in found.remedy
    Outbox.objects.filter(message=message).update(state="unknown")
    assert _found("utkorgen").level == "warn" and "/disk/" in _found("utkorgen").remedy


def test_quarantine_and_deliveries_that_wait(here: Town) -> None:
    assert _found("karantän").level == "good"
    [event] = here.store(b"{}")
    Quarantined.objects.create(raw=event, item=0, reason="broken", at=clock.now())
    RawEvent.objects.update(state=RawEvent.PARSED)
    assert _found("karantän").level == "warn"
    RawEvent.objects.update(state=RawEvent.WAITING, captured_at=clock.now() - timedelta(hours=1))
    assert not _found("inläsning").ok


def test_a_broken_root_certificate_hides_no_other_mailbox(here: Town) -> None:
    for name, more in (("en@ekevik.example", {"ca": "trasig"}), ("två@ekevik.example", {})):
        given = {"host": LOOPBACK, "port": free_port(), **more}
        Account.objects.filter(pk=here.account("mail", name).pk).update(state=Account.GOOD, settings=given)
    broken, other = checks.certificates()
    assert broken.level == "bad" and "rotcertifikatet" in broken.says and "/installningar/kanaler/" in broken.remedy
    assert "två@ekevik.example" in other.name and "svarar inte" in other.says
