"""An expert from mail to thanks, in a real Chromium: the pages that the letters lead to, looked at by axe at two sizes."""

import email
import email.policy
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import making
from tests.support.browser import DESK, PHONE, Pages, assert_accessible, assert_fits
from torget.conversations import actions as conversations
from torget.core import clock
from torget.experts import actions
from torget.experts.models import ExpertRequest
from torget.experts.rules import is_open
from torget.organisations.rules import Hours, Role

pytestmark = pytest.mark.django_db(transaction=True)


def letters(folder: Path) -> list[str]:
    """The letters that were sent, oldest first, as text."""
    found = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    texts = []
    for path in found:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        texts.append(str(message.get_content()))
    return texts


def looked_at(page: Page) -> None:
    """Accessible and within the window, wide and narrow."""
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    for width, height in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        assert_accessible(page)
        assert_fits(page)


def test_from_the_mail_to_thanks(page_at: Pages, live_server: Any, settings: Any, tmp_path: Path) -> None:
    settings.MAIL_FOLDER, settings.TORGET_URL = tmp_path / "post", live_server.url
    town = making.town()
    amina, vera = town.user(name="Amina Testsson"), town.user(Role.EXPERT, name="Vera Påhitt")
    secret, conversation = town.written("Blir det hiss till perrongen? Mvh Signe", name="Signe Testsson")
    first = conversation.messages.get()
    question = actions.Question("Hur många hissar?", clock.now() + timedelta(hours=5), messages=[first.pk])
    actions.ask(conversation, question, to=actions.whom(vera.email), by=amina)
    actions.send_letters()
    [asked] = letters(settings.MAIL_FOLDER)
    [link] = re.findall(r"\S+/expert/(?!sluta)\S+", asked)

    page = page_at(*PHONE)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Amina behöver ditt svar")
    expect(page.locator("main")).not_to_contain_text("Signe")
    looked_at(page)
    page.get_by_label("Ditt svar", exact=True).fill("Två hissar, en på varje sida.")
    page.get_by_role("button", name="Skicka svaret till Amina").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tack. Amina har fått ditt svar.")
    looked_at(page)
    # The page is a plain GET: to load it again sends nothing again.
    page.reload()
    assert ExpertRequest.objects.get().answer.version == 1

    actions.use(ExpertRequest.objects.get(), by=amina)
    town.answered(conversation, amina, "Hej Signe! Det blir två hissar.")
    receipt = conversations.find_receipt(secret)
    assert receipt is not None
    moment = clock.now()
    while not is_open(moment, Hours(), set()):
        moment += timedelta(hours=1)
    with clock.at(moment):
        conversations.say_helped(receipt, "yes")
        conversations.say_thanks(receipt, "Äntligen ett rakt svar.")
        for _ in range(2):
            actions.tell()
        actions.send_letters()
    told = letters(settings.MAIL_FOLDER)[-1]
    assert "Hej […]! Det blir två hissar." in told
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Den som frågade tackar dig.")
    looked_at(page)
    [own] = re.findall(r"\S+/expert/sida/\S+", told)
    page.goto(own)
    expect(page.locator("main")).to_contain_text("Dina svar har hjälpt 1 människa.")
    expect(page.locator("main")).to_contain_text("Äntligen ett rakt svar.")
    looked_at(page)
    [stop] = re.findall(r"\S+/expert/sluta/\S+", told)
    page.goto(stop)
    looked_at(page)
    page.get_by_role("button", name="Sluta mejla om hur det gick").click()
    expect(page.locator("main")).to_contain_text("Du får inga mejl om hur det gick.")
    assert page.context.cookies() == []
