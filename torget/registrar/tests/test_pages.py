"""The registrar's pages: one by one, in bulk, cases, corrections, provisions; what nobody may, and hostile input."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.support.making import MONDAY, Town
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.organisations.models import Authority, User
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.models import Case, Correction, Provision, Record
from torget.register.rules import State
from torget.registrar import reading
from torget.registrar.models import Batch

QUEUE = "/disk/registrator/"
NAUGHTY = ["", "0", "-1", "9" * 30, "x", "' OR 1=1 --", "\x00", "<b>", "🪨", "KS 2026/0001", "KS 9999/99-9"]


@pytest.fixture
def registrar(town: Town) -> User:
    return town.user(Role.REGISTRAR, "Rut Regel")


@pytest.fixture
def page(client: Client, registrar: User) -> Client:
    client.force_login(registrar)
    return client


def _record(conversation: Conversation) -> Record:
    message = Message.objects.select_related("record__case__authority").get(conversation=conversation)
    return message.record


def test_each_row_says_what_it_is_and_why(page: Client, town: Town) -> None:
    town.said("Vilken fin lekplats vi har fått")
    html = page.get(QUEUE).content.decode()
    assert "Öppna kommentarer" in html
    assert "En öppen kommentar i en kanal vi redovisar" in html
    assert "Vilken fin lekplats" in html


def test_one_key_confirms_as_proposed_and_goes_to_the_next(page: Client, town: Town) -> None:
    first, second = (_record(town.given(f"Fråga {n} om bron?")) for n in (1, 2))
    html = page.get(QUEUE).content.decode()
    assert 'data-key="b"' in html
    url = reverse("registrar:confirm", kwargs={"pk": first.pk})
    said = page.post(
        url, {"state": "registered", "subject": "Bron", "nasta": str(second.pk), "ko": "skal=addressed_to_us"}
    )
    assert said.headers["Location"] == f"{QUEUE}?skal=addressed_to_us&handling={second.pk}#samtal"
    first.refresh_from_db()
    assert (first.state, first.subject, first.confirmed_by_id is not None) == ("registered", "Bron", True)
    assert Conversation.objects.get(messages__record=first).subject == "Bron"


@pytest.fixture
def two_pages(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """Three records that wait, two on the first page of the queue."""
    monkeypatch.setattr(reading, "PAGE", 2)
    return [_record(town.given(f"Fråga {n} om bron?")) for n in (1, 2, 3)]


def test_a_fault_on_the_second_page_shows_the_record_that_was_sent(page: Client, two_pages: list[Record]) -> None:
    third, url = two_pages[2], reverse("registrar:confirm", kwargs={"pk": two_pages[2].pk})
    said = page.post(url, {"state": "ordered", "som": "registered", "subject": ""})
    html = said.content.decode()
    assert said.status_code == 409 and f'action="{url}"' in html and "Fråga 3 om bron?" in html
    first = reverse("registrar:confirm", kwargs={"pk": two_pages[0].pk})
    assert f'action="{first}"' not in html
    assert f"handling={third.pk}" not in html.partition('id="samtal"')[0], "the list is the first page's"


def test_a_record_that_is_asked_for_is_shown_whatever_page_it_is_on(page: Client, two_pages: list[Record]) -> None:
    html = page.get(f"{QUEUE}?handling={two_pages[2].pk}").content.decode()
    assert reverse("registrar:confirm", kwargs={"pk": two_pages[2].pk}) in html
    assert f'name="nasta" value="{two_pages[0].pk}"' in html, "then on from the beginning"


def test_the_place_in_the_queue_is_kept_from_record_to_record(page: Client, two_pages: list[Record]) -> None:
    reason = two_pages[1].proposed_reason
    html = page.get(f"{QUEUE}?efter={reason}.{two_pages[1].pk}").content.decode()
    [place] = set(re.findall(r'name="ko" value="([^"]*)"', html))
    assert place == f"efter={reason}.{two_pages[1].pk}"
    url = reverse("registrar:confirm", kwargs={"pk": two_pages[2].pk})
    said = page.post(url, {"state": "registered", "subject": "Bron", "nasta": "", "ko": place})
    assert said.headers["Location"] == f"{QUEUE}?{place}#samtal"


def test_words_for_what_a_colleague_has_confirmed_are_put_on_no_other(
    page: Client, two_pages: list[Record], registrar: User
) -> None:
    register.confirm(two_pages[0], state=State.TRIVIAL, subject="", by=registrar)
    url = reverse("registrar:confirm", kwargs={"pk": two_pages[0].pk})
    said = page.post(url, {"state": "registered", "subject": ""})
    assert said.headers["Location"] == reverse("registrar:record", kwargs={"pk": two_pages[0].pk})


def test_who_has_a_case_or_a_record_before_them_is_led_to_confirming_it(page: Client, town: Town) -> None:
    record = _record(town.given("Hur går det med bron?"))
    way = f"{QUEUE}?handling={record.pk}#samtal"
    shown = reverse("registrar:record", kwargs={"pk": record.pk})
    assert record.case is not None
    case = reverse("registrar:case", kwargs={"pk": record.case.pk})
    assert way in page.get(case).content.decode() and way in page.get(shown).content.decode()
    page.post(reverse("registrar:confirm", kwargs={"pk": record.pk}), {"state": "registered", "subject": "Bron"})
    assert way not in page.get(case).content.decode() and way not in page.get(shown).content.decode()


def test_a_row_says_that_it_is_a_proposal_and_its_number_once(page: Client, town: Town) -> None:
    record = _record(town.given("Hur går det med bron?"))
    row = page.get(QUEUE).content.decode().partition('class="r3">')[2].partition("</a>")[0]
    text = " ".join(re.sub("<[^>]+>", " ", row).split())
    assert text == f"Förslag: Registrerad {record.dnr}"


def test_another_key_changes_it(page: Client, town: Town) -> None:
    record = _record(town.said("Hej"))
    url = reverse("registrar:confirm", kwargs={"pk": record.pk})
    page.post(url, {"state": "ordered", "som": "trivial", "subject": ""})
    record.refresh_from_db()
    assert record.state == State.TRIVIAL


def test_a_refusal_says_why_and_keeps_the_words(page: Client, town: Town) -> None:
    record = _record(town.said("Hej på er"))
    said = page.post(reverse("registrar:confirm", kwargs={"pk": record.pk}), {"state": "ordered", "som": "registered"})
    assert said.status_code == 409
    assert "ärendemening" in said.content.decode()


def test_all_with_the_same_reason_are_shown_then_confirmed_then_undone(page: Client, town: Town) -> None:
    records = [_record(town.said(f"Kommentar {n}")) for n in range(3)]
    shown = page.post("/disk/registrator/flera/", {"alla": "public_comment", "ko": ""}).content.decode()
    assert "Bekräfta 3 handlingar" in shown
    assert Batch.objects.count() == 0
    keys = [str(record.pk) for record in records]
    page.post("/disk/registrator/flera/", {"val": keys, "gor": "1", "state": "", "subject": "", "why": ""})
    assert set(Record.objects.values_list("state", flat=True)) == {"ordered"}
    batch = Batch.objects.get()
    html = page.get("/disk/registrator/beslut/").content.decode()
    assert "3 handlingar" in html
    page.post(reverse("registrar:undo", kwargs={"pk": batch.pk}))
    assert set(Record.objects.values_list("state", "confirmed_at")) == {("unclassified", None)}
    assert [record.subject for record in Record.objects.order_by("pk")] == [record.subject for record in records]


def test_what_may_be_secret_is_never_decided_with_other_things(page: Client, town: Town) -> None:
    keys = [str(_record(town.said(text)).pk) for text in ("Vad fint", "En orosanmälan om grannen")]
    said = page.post("/disk/registrator/flera/", {"val": keys, "gor": "1", "state": "", "subject": "", "why": ""})
    assert said.status_code == 409
    assert "aldrig ihop med andra" in said.content.decode()
    assert not Record.objects.exclude(confirmed_at=None).exists()


def test_what_differs_from_the_proposal_needs_a_reason(page: Client, town: Town) -> None:
    key = str(_record(town.said("Vad fint")).pk)
    given = {"val": [key], "gor": "1", "state": "trivial", "subject": "", "why": ""}
    assert page.post("/disk/registrator/flera/", given).status_code == 409
    page.post("/disk/registrator/flera/", given | {"why": "Bara ett hejarop"})
    assert Batch.objects.get().why == "Bara ett hejarop"


def test_undo_leaves_what_somebody_has_touched_since(page: Client, town: Town, registrar: User) -> None:
    records = [_record(town.said(f"Kommentar {n}")) for n in range(2)]
    given = {"val": [str(r.pk) for r in records], "gor": "1", "state": "", "subject": "", "why": ""}
    page.post("/disk/registrator/flera/", given)
    with clock.at(MONDAY + timedelta(minutes=1)):
        register.confirm(records[0], state=State.TRIVIAL, subject="", by=registrar)
        page.post(reverse("registrar:undo", kwargs={"pk": Batch.objects.get().pk}))
    assert list(Record.objects.order_by("pk").values_list("state", flat=True)) == ["trivial", "unclassified"]


def test_a_day_later_it_is_too_late_to_undo(page: Client, town: Town) -> None:
    page.post("/disk/registrator/flera/", {"val": [str(_record(town.said("Hej")).pk)], "gor": "1", "state": ""})
    with clock.at(MONDAY + timedelta(days=2)):
        html = page.post(reverse("registrar:undo", kwargs={"pk": Batch.objects.get().pk}), follow=True).content.decode()
    assert "mer än ett dygn" in html
    assert Record.objects.get().confirmed_at is not None


@pytest.mark.parametrize("name", ["skal", "myndighet", "kanal", "forslag", "alder", "handling", "efter"])
def test_nonsense_in_the_address_is_no_filter(page: Client, town: Town, name: str) -> None:
    town.said("Hej")
    for value in NAUGHTY:
        assert page.get(QUEUE, {name: value}).status_code == 200


def test_filters_let_through_what_they_name(page: Client, town: Town) -> None:
    town.said("Hej där borta")
    town.given("En fråga till er?")
    html = page.get(QUEUE, {"skal": "addressed_to_us"}).content.decode()
    assert "En fråga till er?" in html
    assert "Hej där borta" not in html
    assert "Hej där borta" not in page.get(QUEUE, {"alder": "7"}).content.decode()


def test_the_queue_takes_as_many_statements_for_many_as_for_few(
    page: Client, town: Town, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for n in range(3):
        town.said(f"Kommentar {n}")
    page.get(QUEUE)
    with CaptureQueriesContext(connection) as few:
        page.get(QUEUE)
    for n in range(70):
        town.said(f"Kommentar till {n}")
    with CaptureQueriesContext(connection) as many:
        page.get(QUEUE)
    assert len(many) == len(few)


def test_two_hundred_are_confirmed_in_constant_sql(page: Client, town: Town, registrar: User) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from torget.registrar import actions

    def confirmed(count: int) -> int:
        records = [_record(town.said(f"Kommentar {count} {n}")) for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            actions.confirm_batch(records, state=None, by=registrar)
        return len(asked)

    assert confirmed(40) == confirmed(4)


def test_only_those_who_classify_see_the_queue(client: Client, town: Town) -> None:
    for role, status in ((Role.COMMUNICATOR, 200), (Role.EXPERT, 403), (Role.MANAGER, 403), (Role.ADMINISTRATOR, 200)):
        client.force_login(town.user(role))
        assert client.get(QUEUE).status_code == status


# ---- cases -----------------------------------------------------------------------------------------------------------


def _case(town: Town, text: str = "Hur går det med bron?") -> Case:
    case = _record(town.given(text)).case
    assert case is not None
    return case


def test_a_case_is_opened_by_hand_with_the_next_number_of_its_authority(page: Client, town: Town) -> None:
    other = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    _case(town)
    for authority, number in ((town.authority, 2), (other, 1), (town.authority, 3)):
        page.post("/disk/registrator/arenden/nytt/", {"authority": authority.pk, "subject": "Ny bro"})
        assert Case.objects.latest("pk").number == number
    assert page.post("/disk/registrator/arenden/nytt/", {"authority": other.pk, "subject": " "}).status_code == 400


def test_a_written_number_leads_to_its_case_its_record_and_on(page: Client, town: Town, registrar: User) -> None:
    one, two = _case(town), _case(town, "Och färjan?")
    old = one.records.get()
    register.merge_cases(one, into=two, by=registrar)
    for text, url in (
        (two.dnr, reverse("registrar:case", kwargs={"pk": two.pk})),
        (f"{one.dnr}-1", reverse("registrar:record", kwargs={"pk": old.pk})),
        (one.dnr.lower(), reverse("registrar:case", kwargs={"pk": one.pk})),
    ):
        assert page.get("/disk/registrator/arenden/", {"q": text}).headers["Location"] == url
    there = page.get(reverse("registrar:case", kwargs={"pk": one.pk}))
    assert there.headers["Location"] == reverse("registrar:case", kwargs={"pk": two.pk})


def test_a_case_is_merged_closed_and_opened_again_on_its_page(page: Client, town: Town) -> None:
    one, two = _case(town), _case(town, "Och färjan?")
    page.post(reverse("registrar:merge", kwargs={"pk": one.pk}), {"dnr": two.dnr})
    assert list(two.records.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert set(Conversation.objects.values_list("case", flat=True)) == {two.pk}
    close = reverse("registrar:close", kwargs={"pk": two.pk})
    said = page.post(close)
    assert said.status_code == 409
    assert "ingen har bekräftat" in said.content.decode()
    for record in two.records.all():
        page.post(reverse("registrar:confirm", kwargs={"pk": record.pk}), {"state": "registered", "subject": "Broar"})
    assert "inte är besvarade" in page.post(close).content.decode()
    page.post(close, {"anda": "1"})
    two.refresh_from_db()
    assert two.closed_at is not None
    page.post(reverse("registrar:reopen", kwargs={"pk": two.pk}))
    two.refresh_from_db()
    assert two.closed_at is None


def test_records_are_parted_out_and_cases_linked(page: Client, town: Town) -> None:
    one, two = _case(town), _case(town, "Och färjan?")
    record = one.records.get()
    page.post(reverse("registrar:move", kwargs={"pk": one.pk}), {"val": [record.pk], "subject": "En egen sak"})
    record.refresh_from_db()
    assert record.case is not None and record.case.subject == "En egen sak"
    assert Conversation.objects.get(messages__record=record).case_id == record.case_id
    page.post(reverse("registrar:link", kwargs={"pk": one.pk}), {"dnr": two.dnr})
    html = page.get(reverse("registrar:case", kwargs={"pk": two.pk})).content.decode()
    assert one.dnr in html
    assert "Länkade till ett annat ärende" in html
    page.post(reverse("registrar:link", kwargs={"pk": two.pk}), {"bort": one.pk})
    assert "Länkade ärenden" not in page.get(reverse("registrar:case", kwargs={"pk": two.pk})).content.decode()


@pytest.mark.parametrize("name", ["merge", "move", "link", "close"])
def test_nonsense_to_a_case_changes_nothing_and_says_why(page: Client, town: Town, name: str) -> None:
    case = _case(town)
    before = list(Record.objects.values())
    for value in NAUGHTY[:-2]:
        given = {"dnr": value, "val": [value], "behall": [value], "subject": ""}
        assert page.post(reverse(f"registrar:{name}", kwargs={"pk": case.pk}), given).status_code == 409
    assert list(Record.objects.values()) == before


def test_cases_are_found_by_words_state_authority_and_year(page: Client, town: Town) -> None:
    _case(town, "Bron över ån?")
    find = "/disk/registrator/arenden/"
    assert "Bron över ån" in page.get(find, {"q": "bron", "lage": "oppna", "ar": "2026"}).content.decode()
    for given in ({"q": "färjan"}, {"lage": "avslutade"}, {"ar": "1999"}, {"myndighet": "99"}):
        assert "Inget ärende passar" in page.get(find, given).content.decode()
    for value in NAUGHTY[:-2]:
        for name in ("q", "lage", "myndighet", "ar", "fore"):
            assert page.get(find, {name: value}).status_code == 200


def test_only_registrars_and_administrators_work_with_cases(client: Client, town: Town) -> None:
    case = _case(town)
    url = reverse("registrar:case", kwargs={"pk": case.pk})
    for role, status in (
        (Role.COMMUNICATOR, 403),
        (Role.EXPERT, 403),
        (Role.REGISTRAR, 302),
        (Role.ADMINISTRATOR, 302),
    ):
        client.force_login(town.user(role))
        assert client.get(url).status_code == 200
        assert client.post(f"{url}oppna/").status_code == status


# ---- corrections -----------------------------------------------------------------------------------------------------


def test_a_correction_is_shown_with_what_it_was(page: Client, town: Town) -> None:
    record = _record(town.given("Hur går det med bron?"))
    url = reverse("registrar:record", kwargs={"pk": record.pk})
    page.post(f"{url}ratta/", {"field": "correspondent", "text": "Nya Namnet", "why": "Skrev fel"})
    html = page.get(url).content.decode()
    assert "Nya Namnet" in html
    assert "Skrev fel" in html
    kept = Correction.objects.get()
    assert (kept.before, kept.after) == (record.correspondent, "Nya Namnet")


def test_a_correction_without_a_reason_or_a_value_is_asked_for_again(page: Client, town: Town) -> None:
    url = reverse("registrar:record", kwargs={"pk": _record(town.given("Bron?")).pk}) + "ratta/"
    for given in (
        {"field": "subject", "text": "Annat", "why": ""},
        {"field": "occurred_at", "moment": "3000-01-01T00:00", "why": "x"},
        {"field": "occurred_at", "moment": "i går", "why": "x"},
        {"field": "authority", "authority": "", "why": "x"},
        {"field": "nonsens", "why": "x"},
    ):
        assert page.post(url, given).status_code == 400
    assert page.post(url, {"field": "subject", "text": "", "why": "x"}).status_code == 409
    assert not Correction.objects.exists()


def test_provisions_are_the_organisations_own_list(page: Client, town: Town) -> None:
    url = "/disk/registrator/bestammelser/"
    given = {"text": "OSL 99 kap. 1 §", "about": "Prov", "source": "Eget beslut", "source_date": "2026-11-01"}
    page.post(url, given)
    assert "OSL 99 kap. 1 §" in page.get(url).content.decode()
    page.post(url, {"bort": Provision.objects.get(text="OSL 99 kap. 1 §").pk})
    assert not Provision.objects.filter(text="OSL 99 kap. 1 §").exists()
    assert page.post(url, {"text": ""}).status_code == 400


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "1899-12-31T10:00"])
def test_a_time_before_there_was_anything_to_register_is_refused(page: Client, town: Town, moment: str) -> None:
    record = _record(town.given("Hur går det med bron?"))
    before = record.occurred_at
    url = reverse("registrar:correct", kwargs={"pk": record.pk})
    said = page.post(url, {"field": "occurred_at", "moment": moment, "why": "Fel dag"})
    record.refresh_from_db()
    assert said.status_code == 400 and record.occurred_at == before
