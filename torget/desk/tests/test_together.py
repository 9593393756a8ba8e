"""The desk for one and for twenty: groups, views, approval, undo, order among conversations, through the addresses."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.making import FORM_SENDER, MONDAY, Town, first, fresh, incoming
from torget.conversations import actions
from torget.conversations.actions import organising
from torget.conversations.models import Conversation, Draft, DraftFile, Outbox, Tag
from torget.core import clock, worker
from torget.core.testing import squeezed
from torget.journal.models import Entry
from torget.organisations.models import Authority, Organisation, Unit, User
from torget.organisations.rules import Role
from torget.register.models import Attachment
from torget.team import actions as team
from torget.team.models import Approval, Notice, SavedReply


@pytest.fixture
def user(client: Client, town: Town) -> User:
    """A communicator, logged in."""
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


def _body(response: Any) -> str:
    return html.unescape(squeezed(response.content.decode()))


def _groups(client: Client, query: str = "") -> dict[str, list[int]]:
    """Heading → numbers of the queue."""
    body = _body(client.get(f"/disk/{query}"))
    parts = re.split(
        r"<h3><b>([^<]+)</b>", body[body.index('<div class="q"') : body.index("</nav>", body.index('class="q"'))]
    )
    return {
        name: [int(n) for n in re.findall(r'href="/disk/(\d+)/', part)]
        for name, part in zip(parts[1::2], parts[2::2], strict=True)
    }


# ---- the queue --------------------------------------------------------------------------------------------------


def test_what_to_do_now_is_in_groups(client: Client, town: Town, user: User) -> None:
    new, mine, theirs, named, asked = (town.given(f"Samtal {n}") for n in range(5))
    colleague = town.user(Role.APPROVER, name="Bo Kollega")
    actions.take(mine, by=user)
    actions.take(theirs, by=colleague)
    team.write_note(named, text="@Anna titta", by=colleague)
    team.ask(asked, text="Svar", seen=1, by=colleague)
    _, unknown = town.written(email=FORM_SENDER)
    town.answered(unknown, colleague)
    Outbox.objects.update(state="unknown")
    assert _groups(client) == {
        "Väntar på dig": [asked.number, named.number],
        "Gör först": [unknown.number, new.number, mine.number],
        "Pågår hos andra": [theirs.number],
    }
    body = _body(client.get("/disk/"))
    assert "Väntar på godkännande" in body and "Titta i kanalen först" in body and "Nämner dig" in body
    client.get(f"/disk/{named.number}/")
    # Read, and so no longer waiting for this very person.
    assert _groups(client)["Väntar på dig"] == [asked.number]


def test_one_alone_with_nothing_to_do_is_told_so(client: Client, user: User) -> None:
    body = _body(client.get("/disk/"))
    assert "Inget väntar på dig." in body and "Hinns inte med i dag" not in body and "valj=1" not in body


def test_if_you_have_an_hour(client: Client, town: Town, user: User) -> None:
    with clock.at(MONDAY - timedelta(days=4)):
        for number in range(12):
            town.given(f"Fråga {number}")
    body = _body(client.get("/disk/?timme=1"))
    # Eight minutes an answer.
    assert len(_groups(client, "?timme=1")["Gör först"]) == 7
    assert "7 samtal" in body and "5 blir kvar" in body and "från 12 nov" in body
    with clock.at(MONDAY + timedelta(hours=6)):
        assert "Hinns inte med i dag: 9 samtal" in _body(client.get("/disk/"))
    with clock.at(MONDAY + timedelta(hours=12)):
        assert "Hinns inte med i dag" not in _body(client.get("/disk/"))


def test_the_next_page_goes_on_where_the_first_ended(client: Client, town: Town, user: User) -> None:
    numbers = [town.given(f"Fråga {number}").number for number in range(40)]
    first_page = _groups(client)["Gör först"]
    older = re.search(r'href="/disk/(\?[^"]*efter=[^"]+)"', _body(client.get("/disk/")))
    assert older
    assert sorted(first_page + _groups(client, older[1])["Gör först"]) == numbers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kanal=web", {"web"}),
        ("tagg=vinter", {"tagged"}),
        ("person=jag", {"mine"}),
        ("kanal=jsonl&tagg=vinter", {"tagged"}),
        ("tagg=finns inte", set()),
        ("person=x", set()),
        ("enhet=99", set()),
        ("ko=mine&kanal=jsonl", {"mine"}),
        ("kanal=%00", set()),
    ],
)
def test_filters(client: Client, town: Town, user: User, query: str, found: set[str]) -> None:
    rows = {"plain": town.given("A"), "tagged": town.given("B"), "mine": town.given("C"), "web": town.written()[1]}
    organising.tag(rows["tagged"], names=["Vinter"], by=user)
    actions.take(rows["mine"], by=user)
    body = _body(client.get(f"/disk/?{query}"))
    numbers = {int(n) for n in re.findall(r'href="/disk/(\d+)/', body)}
    assert numbers == {rows[name].number for name in found}


def test_a_saved_view_is_a_tab_that_deeds_lead_back_to(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    organisation_unit = Unit.objects.create(name="Gatuenheten")
    organising.assign(conversation, user=None, unit=organisation_unit, by=user)
    town.given()
    query = f"ko=all&enhet={organisation_unit.pk}"
    assert "Spara vyn" in _body(client.get(f"/disk/?{query}"))
    saved = client.post("/disk/vyer/", {"namn": "Gator", "fraga": query})
    body = _body(client.get(saved.headers["Location"]))
    assert "<h2>Gator</h2>" in body and set(re.findall(r'href="/disk/(\d+)/', body)) == {str(conversation.number)}
    back = client.post(f"/disk/{conversation.number}/anteckna/", {"note": "x", "ko": saved.headers["Location"][7:]})
    assert back.headers["Location"] == f"/disk/{conversation.number}/{saved.headers['Location'][6:]}#samtal"


# ---- approval on the page ---------------------------------------------------------------------------------------


def test_an_asking_is_read_and_approved_on_the_page(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written(email=FORM_SENDER)
    author = town.user(name="Bo Kollega")
    actions.take(conversation, by=author)
    approval = team.ask(fresh(conversation), text="Mitt förslag", seen=1, by=author)
    address = f"/disk/{conversation.number}/"
    body = _body(client.get(address))
    assert "Utkast av Bo Kollega" in body and "Mitt förslag" in body and "Väntar på ditt godkännande" in body
    assert "Du kan godkänna men inte ändra." in body and "Inget nytt i tråden sedan 10.00" in body
    stale = client.post(f"{address}godkann/{approval.pk}/", {"seen": "0"})
    assert stale.status_code == 409 and "Det har hänt något i samtalet" in _body(stale)
    done = client.post(f"{address}godkann/{approval.pk}/", {"seen": "1"}, follow=True)
    assert "Godkänt" in _body(done) and "Svaret går ut" in _body(done) and "10.00.30" in _body(done)
    again = client.post(f"{address}godkann/{approval.pk}/", {"seen": "2"})
    assert again.status_code == 409 and "Anna Testsson hann före" in _body(again)
    assert Outbox.objects.count() == 1


def test_where_it_is_needed_the_answer_becomes_an_asking(client: Client, town: Town, user: User) -> None:
    Organisation.objects.update(needs_approval=True)
    colleague = town.user(Role.MANAGER, name="Gun Chef")
    conversation = town.given()
    address = f"/disk/{conversation.number}/"
    assert "Godkänn och skicka" not in _body(client.get(address))
    given = {"text": "Svar", "seen": "1", "be_om_godkannande": "1", "av": str(colleague.pk)}
    body = _body(client.post(f"{address}svara/", given, follow=True))
    assert "Version 1 väntar på Gun." in body and not Outbox.objects.exists()
    refused = client.post(f"{address}svara/", {"text": "Ändå", "seen": "1"})
    assert refused.status_code == 409 and "En kollega ska godkänna" in _body(refused)
    assert Approval.objects.get().state == "changed" and Draft.objects.get().record.latest.text == "Ändå"


def test_a_word_back_is_shown_to_the_writer(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    approval = team.ask(conversation, text="Svar", seen=1, by=user)
    address = f"/disk/{conversation.number}/"
    chef = town.user(Role.APPROVER, name="Gun Chef")
    client.force_login(chef)
    client.post(f"{address}be-om-andring/{approval.pk}/", {"ord": "Ta bort telefonnumret"})
    client.force_login(user)
    body = _body(client.get(address))
    assert "Gun vill att du ändrar:" in body and "Ta bort telefonnumret" in body and ">Svar</textarea>" in body


def test_an_asking_belongs_to_its_conversation(client: Client, town: Town, user: User) -> None:
    one, other = town.given(), town.given()
    approval = team.ask(one, text="Svar", seen=1, by=town.user())
    for deed in ("godkann", "be-om-andring", "fragan-tillbaka"):
        assert client.post(f"/disk/{other.number}/{deed}/{approval.pk}/").status_code == 404
    assert Approval.objects.get().state == "open"


# ---- undo, later, outcomes --------------------------------------------------------------------------------------


def test_an_answer_can_be_undone_for_half_a_minute(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written(email=FORM_SENDER)
    address = f"/disk/{conversation.number}/"
    body = _body(client.post(f"{address}svara/", {"text": "Hoppsan", "seen": "1"}, follow=True))
    assert "Svaret går ut<b>10.00.30</b>." in body
    message = Outbox.objects.get().message_id
    back = _body(client.post(f"{address}angra/{message}/", follow=True))
    assert "Inget gick ut" in back and ">Hoppsan</textarea>" in back
    client.post(f"{address}svara/", {"text": "Rätt", "seen": str(fresh(conversation).message_count)})
    later = Outbox.objects.latest("pk")
    with clock.at(MONDAY + timedelta(seconds=31)):
        worker.sweep()
        assert "redan på väg ut" in _body(client.post(f"{address}angra/{later.message_id}/", follow=True))
        assert "10.00.30" not in _body(client.get(address))


def test_an_answer_is_sent_later_or_at_once_after_all(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written()
    address = f"/disk/{conversation.number}/"
    given = {"text": "God morgon", "seen": "1", "send_at": "2026-11-17T08:00"}
    body = _body(client.post(f"{address}svara/", given, follow=True))
    assert "i morgon 08.00" in body and "Skicka nu" in body
    worker.sweep()
    outbox = Outbox.objects.get()
    assert (outbox.state, outbox.not_before) == ("approved", MONDAY + timedelta(hours=22))
    client.post(f"{address}skicka-nu/{outbox.message_id}/")
    worker.sweep()
    assert Outbox.objects.get().state == "sent"


def test_a_moment_that_is_none_costs_no_text(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    response = client.post(f"/disk/{conversation.number}/svara/", {"text": "Text", "seen": "1", "send_at": "strax"})
    assert response.status_code == 400 and "Välj dag och klockslag" in _body(response)
    assert Draft.objects.get().record.latest.text == "Text" and not Outbox.objects.exists()


def test_of_an_unknown_outcome_one_looks_before_one_decides(client: Client, town: Town, user: User) -> None:
    account = town.account("mastodon", "@ekevik@social.example")
    conversation = town.given(account=account)
    outbox = town.answered(conversation, user).outbox
    Outbox.objects.update(state="unknown", account=account, way="channel")
    address = f"/disk/{conversation.number}/"
    body = _body(client.get(address))
    assert "Titta i kanalen först" in body and "skicka igen" not in body.lower().replace("innan du skickar igen", "")
    client.post(f"{address}titta/{outbox.pk}/")
    Outbox.objects.update(looked_at=clock.now(), state="unknown")
    assert "Det gick inte ut, skicka igen" in _body(client.get(address))


def test_an_unknown_outcome_is_shown_and_decided(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written(email=FORM_SENDER)
    outbox = town.answered(conversation, user).outbox
    Outbox.objects.update(state="unknown", problem="worker_stopped")
    Conversation.objects.update(state="waiting")
    address = f"/disk/{conversation.number}/"
    body = _body(client.get(address))
    assert "Vi vet inte om svaret gick ut" in body and "1 okänt utfall" in body
    client.post(f"{address}utfall/{outbox.pk}/", {"gick_ut": "ja"})
    outbox.refresh_from_db()
    assert outbox.state == "sent"


def test_a_deed_without_an_answer_decides_nothing(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written(email=FORM_SENDER)
    outbox = town.answered(conversation, user).outbox
    Outbox.objects.update(state="unknown")
    client.post(f"/disk/{conversation.number}/utfall/{outbox.pk}/")
    outbox.refresh_from_db()
    # Sent again only when somebody has said that it did not go out.
    assert outbox.state == "unknown"


# ---- drafts, files, saved replies -------------------------------------------------------------------------------


def test_a_draft_that_was_overtaken_is_put_aside_and_can_be_taken_up(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    address = f"/disk/{conversation.number}/"
    client.post(f"{address}utkast/", {"text": "Mitt halva svar"})
    with clock.at(MONDAY + timedelta(minutes=5)):
        team.answer(fresh(conversation), text="Kollegans svar", seen=1, by=town.user())
        body = _body(client.get(address))
        assert "Ditt utkast är undanlagt" in body and ">Mitt halva svar</textarea>" not in body
        assert Notice.objects.get(user=user).kind == "draft_retired"
    with clock.at(MONDAY + timedelta(minutes=6)):
        assert ">Mitt halva svar</textarea>" in _body(client.post(f"{address}utkast/fram/", follow=True))


def test_files_go_with_the_answer(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written()
    address = f"/disk/{conversation.number}/"
    files = [SimpleUploadedFile("karta.txt", b"karta"), SimpleUploadedFile("fel.txt", b"fel")]
    client.post(f"{address}svara/", {"text": "Se bilagan", "seen": "1", "bara_utkast": "1", "bilagor": files})
    kept = {file.filename: file for file in DraftFile.objects.all()}
    assert set(kept) == {"karta.txt", "fel.txt"} and "karta.txt" in _body(client.get(address))
    read = client.get(f"{address}utkast/fil/{kept['karta.txt'].pk}/")
    assert b"".join(read.streaming_content) == b"karta"  # type: ignore[attr-defined]
    client.post(f"{address}svara/", {"text": "Se bilagan", "seen": "1", "ta_bort_fil": str(kept["fel.txt"].pk)})
    assert [one.filename for one in Attachment.objects.all()] == ["karta.txt"] and not DraftFile.objects.exists()


def test_a_saved_reply_is_put_into_the_draft_with_its_fields(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written(name="Kim Testberg")
    reply = team.save_reply(
        None, title="T", text="Hej {förnamn}! {diarienummer} {länk} /{handläggare}", shared=True, by=user
    )
    address = f"/disk/{conversation.number}/"
    body = _body(client.post(f"{address}mall/", {"mall": str(reply.pk), "text": "Redan skrivet"}, follow=True))
    assert "Redan skrivet\n\nHej Kim! KS 2026/0001-1 {länk} /Anna</textarea>" in body
    assert "Fyll i {länk} själv" in body and SavedReply.objects.get().used == 1
    refused = client.post(f"{address}svara/", {"text": "Se {länk}", "seen": "1"})
    assert refused.status_code == 409 and "Fyll i eller ta bort {länk}" in _body(refused)
    assert "Välj en mall" in _body(client.post(f"{address}mall/", {"mall": "x"}, follow=True))


# ---- order among conversations ----------------------------------------------------------------------------------


def test_it_is_given_to_a_colleague_who_is_told(client: Client, town: Town, user: User) -> None:
    conversation, colleague = town.given(), town.user(name="Bo Kollega")
    unit = Unit.objects.create(name="Gatuenheten")
    given = {"person": str(colleague.pk), "enhet": str(unit.pk)}
    body = _body(client.post(f"/disk/{conversation.number}/tilldela/", given, follow=True))
    assert "Samtalet ligger hos Bo Kollega · Gatuenheten." in body
    assert (fresh(conversation).assigned_to, fresh(conversation).unit) == (colleague, unit)
    assert Notice.objects.get(user=colleague).kind == "assigned"
    expert = town.user(Role.EXPERT)
    assert "svarar inte på samtal" in _body(
        client.post(f"/disk/{conversation.number}/tilldela/", {"person": str(expert.pk)}, follow=True)
    )
    client.post(f"/disk/{conversation.number}/tilldela/", {})
    assert fresh(conversation).assigned_to is None


def test_tags_snooze_spam(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    address = f"/disk/{conversation.number}/"
    client.post(f"{address}taggar/", {"taggar": "Vinter, gator ,vinter"})
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["gator", "vinter"]
    client.post(f"{address}taggar/", {"bort": "gator"})
    assert list(conversation.tags.values_list("name", flat=True)) == ["vinter"]
    assert "Välj dag och klockslag" in _body(client.post(f"{address}snooza/", {"when": "sen"}, follow=True))
    assert "redan passerat" in _body(client.post(f"{address}snooza/", {"when": "2026-11-15T08:00"}, follow=True))
    client.post(f"{address}snooza/", {"snabbt": "2026-11-17 08:00"})
    assert fresh(conversation).snoozed_until == MONDAY + timedelta(hours=22)
    assert conversation.subject in _body(client.get("/disk/?ko=snoozed"))
    assert str(conversation.number) not in re.findall(r'href="/disk/(\d+)/', _body(client.get("/disk/")))
    client.post(f"{address}snooza/", {"vack": "1"})
    client.post(f"{address}skrap/")
    assert (fresh(conversation).state, fresh(conversation).closed_reason) == ("closed", "spam")
    assert conversation.subject in _body(client.get("/disk/?ko=spam"))
    client.post(f"{address}skrap/", {"inte": "1"})
    assert fresh(conversation).state == "new"


def test_merge_part_and_split(client: Client, town: Town, user: User) -> None:
    one, two = town.given("Första"), town.given("Andra")
    address = f"/disk/{two.number}/"
    assert "inget samtal med det numret" in _body(client.post(f"{address}sla-ihop/", {"nummer": "99"}, follow=True))
    merged = client.post(f"{address}sla-ihop/", {"nummer": f"#{one.number}", "samma": "1"}, follow=True)
    body = _body(merged)
    assert "Andra" in body and f"Nummer {two.number} är ihopslaget med det här." in body
    assert client.get(address).headers["Location"].startswith(f"/disk/{one.number}/")
    client.post(f"{address}dela-isar/")
    assert client.get(address).status_code == 200
    town.take(incoming("svar", "En annan fråga", in_reply_to=first(one).external_id))
    second = one.messages.latest("pk")
    split = _body(client.post(f"/disk/{one.number}/dela/", {"meddelande": [str(second.pk), "x"]}, follow=True))
    assert "Det valda är ett eget samtal" in split and Conversation.objects.count() == 3
    assert "minst ett meddelande" in _body(client.post(f"/disk/{one.number}/dela/", follow=True))


def test_it_is_handed_over_to_another_authority(client: Client, town: Town, user: User) -> None:
    other = Authority.objects.create(name="Byggnadsnämnden", prefix="BN", archive_creator="Byggnadsnämnden")
    _, conversation = town.written()
    address = f"/disk/{conversation.number}/"
    assert "Välj vilken myndighet" in _body(client.post(f"{address}lamna-over/", {"ord": "Ert"}, follow=True))
    body = _body(client.post(f"{address}lamna-over/", {"myndighet": str(other.pk), "ord": "Det är ert"}, follow=True))
    assert "Överlämnat" in body
    case = Conversation.objects.select_related("case__authority").get(pk=conversation.pk).case
    assert case is not None and case.authority == other
    assert Entry.objects.filter(kind="conversation.forwarded").count() == 1
