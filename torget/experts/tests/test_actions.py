"""Asking, answering, taking back, using: what is stored, what is refused, and what the journal says."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.support.making import MONDAY, PERSON, everything, first, fresh
from torget.conversations import actions as conversations
from torget.conversations.models import Draft
from torget.core import clock
from torget.core.errors import Refused
from torget.experts import actions, links, panels, reading
from torget.experts.models import Answer, Expert, ExpertRequest, Letter, Word
from torget.experts.tests.conftest import ADDRESS, Asking, mark
from torget.files import actions as files
from torget.journal.models import Entry
from torget.organisations.models import Unit
from torget.organisations.rules import Role
from torget.register.models import Attachment


def refusal(call: object, *args: object, **kwargs: object) -> str:
    """The code with which an action says no."""
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)  # type: ignore[operator]
    return caught.value.code


def kinds() -> list[str]:
    return list(Entry.objects.filter(kind__startswith="expert.").order_by("id").values_list("kind", flat=True))


# ---- asking ---------------------------------------------------------------------------------------------------------


def test_a_question_makes_the_conversation_wait_and_a_letter_that_is_to_leave(asking: Asking) -> None:
    request = asking.ask()
    assert (request.state, request.text, request.expert.email) == ("asked", "Hur många hissar blir det?", ADDRESS)
    assert request.expires_at - request.asked_at == timedelta(days=14)
    assert fresh(request.conversation).state == "waiting"
    letter = Letter.objects.get()
    assert (letter.kind, letter.state, letter.expert_id) == ("question", "waiting", request.expert_id)
    entry = Entry.objects.get(kind="expert.asked")
    assert (entry.actor_ref, entry.object_ref) == (asking.amina.ref, request.conversation.ref)
    assert bytes(entry.digest) == bytes(request.question.latest.digest)


def test_the_secrets_are_stored_nowhere(asking: Asking) -> None:
    request = asking.ask()
    secrets = [links.secret_of("question", request.nonce)] + [
        links.secret_of(purpose, request.expert.nonce) for purpose in ("page", "stop")
    ]
    assert len(set(secrets)) == 3
    assert all(len(secret) == 22 for secret in secrets)
    stored = everything()
    assert not [secret for secret in secrets if secret in stored]
    assert links.find_request(secrets[0]) == request
    assert links.find_request(secrets[1]) is None
    assert links.find_by_page(secrets[1]) == links.find_by_stop(secrets[2]) == request.expert
    assert links.find_by_page(secrets[2]) is None
    assert links.find_request("\ud800") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Vera Påhitt", "vera", id="by name"),
        pytest.param("vera", "vera", id="by a part of the name, in any case"),
        pytest.param("påhitt", "vera", id="å is å whatever the case"),
        pytest.param("Trafikplanerare", "vera", id="by title"),
        pytest.param("expert", "vera", id="by role"),
        pytest.param("expert2@exempel.se", "vera", id="by the address of their account"),
        pytest.param("Vera <EXPERT2@Exempel.SE>", "vera", id="by an address as mail programs write it"),
        pytest.param("parkenheten", "park@exempel.se", id="by unit, which has nobody: its shared address"),
        pytest.param("ny.kollega@exempel.se", "ny.kollega@exempel.se", id="any address of a colleague"),
        pytest.param("ny@trafik.exempel.se", "ny@trafik.exempel.se", id="also under our domain"),
    ],
)
def test_who_is_meant(asking: Asking, text: str, found: str) -> None:
    meant = actions.whom(text)
    assert meant.email == (asking.vera.email if found == "vera" else found)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nobody"), ("Ingen Alls", "nobody"), ("testsson", "several"), ("inte@en@adress", "not_an_address"),
        ("nagon@annan.example", "not_a_colleague"), ("x@exempel.se.example", "not_a_colleague"),
        ("x@inteexempel.se", "not_a_colleague"), ("\x00@\ud800", "not_an_address"), ("Tomma enheten", "nobody_in_unit"),
        ("slutat@exempel.se", "inactive"),
    ],
)  # fmt: skip
def test_who_cannot_be_asked(asking: Asking, text: str, code: str) -> None:
    asking.town.user(name="Bo Testsson")
    Unit.objects.create(name="Tomma enheten")
    gone = asking.town.user(name="Gått Vidare")
    gone.email, gone.is_active = "slutat@exempel.se", False
    gone.save()
    assert refusal(actions.whom, text) == code


def test_a_unit_means_its_first_free_person_then_its_shared_address(asking: Asking) -> None:
    unit = Unit.objects.get(name="Parkenheten")
    people = [asking.town.user(Role.EXPERT, name=name) for name in ("Ada Ek", "Bea Björk")]
    for person in people:
        person.unit = unit
        person.save()
    chosen = []
    for _ in range(3):
        chosen.append(actions.whom("Parkenheten").email)
        asking.ask(to="Parkenheten")
    assert chosen == [people[0].email, people[1].email, "park@exempel.se"]


def test_what_is_refused_when_asking(asking: Asking) -> None:
    request = asking.ask()
    ask = asking.ask
    assert refusal(ask, text=" \n") == "empty"
    assert refusal(ask, text="x" * 4001) == "too_long"
    assert refusal(ask, hours=-1) == "wanted_too_soon"
    assert refusal(ask, hours=24 * 15) == "wanted_too_soon"
    assert refusal(ask, messages=list(range(21))) == "too_much_along"
    assert refusal(ask, request.conversation) == "already_asked"
    actions.choose(request.expert, "stop")
    assert refusal(ask) == "stopped"
    assert ExpertRequest.objects.count() == Letter.objects.count() == 1
    # What the database holds by itself as well.
    request.pk, request.question_id, request.secret_hash = None, request.expert_id + 10**6, "x"
    with pytest.raises(IntegrityError), transaction.atomic():
        request.save(force_insert=True)


def test_only_what_was_chosen_of_this_conversation_goes_along_in_the_version_of_then(asking: Asking) -> None:
    blob = files.keep(b"karta", filename="karta.txt")
    conversation = asking.town.given("Första ordalydelsen")
    other = asking.town.given("En annans ord")
    message = first(conversation)
    theirs, mine = (
        Attachment.objects.create(record=one.record, blob=blob, filename="karta.txt") for one in (first(other), message)
    )
    request = asking.ask(conversation, messages=[message.pk, first(other).pk], attachments=[theirs.pk, mine.pk, 10**9])
    assert list(request.along.values_list("message", "version")) == [(message.pk, 1)]
    assert list(request.files.values_list("attachment", flat=True)) == [mine.pk]
    assert [row.text for row in reading.along(request)] == ["Första ordalydelsen"]


def test_the_sender_is_masked_in_what_goes_along(asking: Asking) -> None:
    text = f"Jag heter Signe Testsson, {PERSON}, signe@social.example. Signes mor Anna undrar."
    request = asking.ask(asking.town.given(text))
    [row] = reading.along(request)
    assert row.text == "Jag heter […], ******-****, […]. […] mor Anna undrar."


# ---- answering ------------------------------------------------------------------------------------------------------


def test_an_answer_brings_the_conversation_back_and_is_a_note_from_inside(asking: Asking) -> None:
    request = asking.ask()
    with clock.at(MONDAY + timedelta(minutes=19)):
        answer = actions.answer(request, text="Två hissar.\r\nEn på varje sida.", seen=0)
        assert fresh(request.conversation).state == "assigned"
        [row] = reading.thread_rows(request.conversation)
    assert answer.record.kind == "working"
    assert (row["kind"], row["who"], row["text"]) == ("inside", "Vera Pahitt", "Två hissar.\nEn på varje sida.")
    assert row["about"] == "Svarade via e-post efter 19 min, via länk"
    # A part of a long thread shows what was said in its time.
    later, earlier = answer.at + timedelta(seconds=1), answer.at - timedelta(seconds=1)
    conversation = request.conversation
    assert [
        len(reading.thread_rows(conversation, *part)) for part in ((earlier, later), (later, None), (None, earlier))
    ] == [1, 0, 0]
    entry = Entry.objects.get(kind="expert.answered")
    assert (entry.actor_ref, bytes(entry.digest)) == (request.expert.ref, bytes(answer.record.latest.digest))
    # Working material is no message: nobody outside reads it, and the page of the conversation counts as before.
    assert fresh(request.conversation).message_count == 1


def test_a_conversation_waits_until_the_last_who_was_asked_has_answered(asking: Asking) -> None:
    request = asking.ask()
    second = asking.ask(request.conversation, to="vera påhitt")
    actions.answer(request, text="Ett", seen=0)
    assert fresh(request.conversation).state == "waiting"
    actions.decline(second, proposal="")
    assert fresh(request.conversation).state == "assigned"


def test_an_answer_can_be_changed_until_it_is_used(asking: Asking) -> None:
    answer = asking.answered("Två hissar")
    changed = actions.answer(answer.request, text="Tre hissar", seen=1)
    assert (changed.pk, changed.version, changed.text) == (answer.pk, 2, "Tre hissar")
    actions.use(changed.request, by=asking.amina)
    assert refusal(actions.answer, changed.request, text="Fyra", seen=2) == "used"
    assert Answer.objects.get().text == "Tre hissar"
    assert kinds() == ["expert.asked", "expert.answered", "expert.answer_changed", "expert.answer_used"]


def test_of_two_who_answer_at_once_the_second_is_told(asking: Asking) -> None:
    request = asking.ask(to="park@exempel.se")
    actions.answer(request, text="Från den ena", seen=0)
    assert refusal(actions.answer, request, text="Från den andra", seen=0) == "changed_since"
    assert Answer.objects.get().text == "Från den ena"


def test_the_same_form_twice_is_one_answer(asking: Asking) -> None:
    request = asking.ask()
    for _ in range(2):
        actions.answer(request, text="Två hissar", seen=0)
    for _ in range(2):
        actions.answer(request, text="Tre hissar", seen=1)
    assert Answer.objects.get().version == 2
    assert kinds() == ["expert.asked", "expert.answered", "expert.answer_changed"]


def test_files_of_an_answer_come_and_go_until_it_is_used(asking: Asking) -> None:
    request = asking.ask()
    given = [(files.keep(name.encode(), filename=name), name) for name in ("a.txt", "b.txt")]
    answer = actions.answer(request, text="Se bilagorna", seen=0, files=given)
    [a, _] = answer.record.attachments.all()
    answer = actions.answer(request, text="Se bilagan", seen=1, without=[a.pk, 10**9])
    assert [file.filename for file in answer.record.attachments.all()] == ["b.txt"]
    assert refusal(actions.answer, request, text="x", seen=2, files=given * 5) == "too_many_files"
    assert Answer.objects.get().text == "Se bilagan"


def test_the_wrong_person_proposes_and_nobody_is_asked_by_itself(asking: Asking) -> None:
    request = asking.ask()
    actions.decline(request, proposal="  Olle\x00 Påhitt ")
    request.refresh_from_db()
    assert (request.state, request.proposal) == ("declined", "Olle\ufffd Påhitt")
    assert ExpertRequest.objects.count() == 1
    assert refusal(actions.decline, request, proposal="") == "not_open"
    assert refusal(actions.answer, request, text="Jag ångrar mig", seen=0) == "declined"
    passed = asking.ask(request.conversation, to="vera påhitt", instead_of=request.pk)
    assert passed.instead_of == request


# ---- taking back, sending again -------------------------------------------------------------------------------------


def test_a_revoked_question_takes_no_answer(asking: Asking) -> None:
    request = asking.ask()
    for _ in range(2):
        actions.revoke(request, by=asking.amina)
    assert refusal(actions.answer, request, text="För sent", seen=0) == "revoked"
    assert refusal(actions.decline, request, proposal="") == "revoked"
    assert refusal(actions.resend, request, by=asking.amina) == "not_open"
    assert fresh(request.conversation).state == "assigned"
    assert kinds() == ["expert.asked", "expert.revoked"]


def test_revoking_what_is_answered_shuts_the_link_and_keeps_the_answer(asking: Asking) -> None:
    answer = asking.answered()
    actions.revoke(answer.request, by=asking.amina)
    assert refusal(actions.answer, answer.request, text="Nytt", seen=1) == "expired"
    assert actions.use(answer.request, by=asking.amina).record.latest.text == answer.text


def test_sending_again_is_one_more_letter_with_the_same_link(asking: Asking) -> None:
    request = asking.ask()
    assert refusal(actions.resend, request, by=asking.amina) == "just_sent"
    actions.send_letters()
    again = actions.resend(request, by=asking.amina)
    assert again.secret_hash == request.secret_hash
    assert list(Letter.objects.order_by("pk").values_list("kind", "number")) == [("question", 1), ("question", 2)]
    answer = actions.answer(again, text="Två", seen=0)
    assert refusal(actions.resend, answer.request, by=asking.amina) == "not_open"


def test_a_question_whose_time_is_out_begins_anew_with_another_link(asking: Asking) -> None:
    request = asking.ask()
    actions.send_letters()
    with clock.at(MONDAY + timedelta(days=14)):
        assert refusal(actions.answer, request, text="För sent", seen=0) == "expired"
        again = actions.resend(request, by=asking.amina)
        assert again.secret_hash != request.secret_hash
        assert links.find_request(links.secret_of("question", request.nonce)) is None
        assert actions.answer(again, text="Nu", seen=0).text == "Nu"


# ---- using ----------------------------------------------------------------------------------------------------------


def test_using_an_answer_puts_it_last_in_ones_own_draft_and_sends_nothing(asking: Asking) -> None:
    answer = asking.answered("Två hissar.")
    conversation = answer.request.conversation
    conversations.keep_draft(conversation, text="Hej!", by=asking.amina)
    for _ in range(2):
        draft = actions.use(answer.request, by=asking.amina)
        assert draft.record.latest.text == "Hej!\n\nTvå hissar."
    assert Draft.objects.count() == 1
    assert fresh(conversation).message_count == 1
    bo = asking.town.user(name="Bo Testsson")
    assert actions.use(answer.request, by=bo).record.latest.text == "Två hissar."
    answer.refresh_from_db()
    assert answer.used_by == asking.amina
    assert refusal(actions.use, asking.ask(), by=bo) == "not_answered"


# ---- secrecy --------------------------------------------------------------------------------------------------------


def test_under_secrecy_only_who_can_log_in_is_asked_and_nothing_is_learned(asking: Asking) -> None:
    conversation = asking.town.given("Min granne far illa på Storgatan")
    mark(first(conversation), asking)
    assert refusal(asking.ask, conversation) == "needs_account"
    assert refusal(asking.ask, conversation, to="park@exempel.se") == "needs_account"
    request = asking.ask(conversation, to="Vera Påhitt")
    actions.answer(request, text="Ring oss", seen=0, by=asking.vera)
    assert not Word.objects.exists()
    assert Entry.objects.get(kind="expert.answered").actor_ref == asking.vera.ref


# ---- who knows, where it is -----------------------------------------------------------------------------------------


def test_who_has_answered_on_like_words_is_suggested_with_what_it_took(asking: Asking) -> None:
    request = asking.ask(to="Vera Påhitt")
    with clock.at(MONDAY + timedelta(minutes=31)):
        actions.answer(request, text="Två", seen=0)
    parks = asking.ask(asking.town.given("Får man grilla i parken?"), "Vilka regler gäller för grillning?")
    actions.answer(parks, text="Nej", seen=0)
    new = asking.town.given("Hissarna på resecentrum, när byggs de?")
    [known] = reading.suggestions(new)
    assert (known.expert.user, known.answers, known.minutes) == (asking.vera, 1, 31)
    assert known.says == "1 svar, inom 31 min."
    assert reading.suggestions(new, beside=[known.expert.pk]) == []
    assert [one.expert.email for one in reading.suggestions(asking.town.given("Kan vi grilla i parken?"))] == [ADDRESS]
    actions.choose(known.expert, "stop")
    assert reading.suggestions(new) == []


def test_what_nobody_has_answered_suggests_nobody(asking: Asking) -> None:
    request = asking.ask(to="Vera Påhitt")
    assert reading.suggestions(request.conversation) == []


def test_where_a_conversation_waits_is_said_in_words(asking: Asking) -> None:
    request = asking.ask(to="Vera Påhitt")
    other = asking.town.given()
    with clock.at(MONDAY + timedelta(hours=2)):
        keys = [request.conversation_id, other.pk]
        assert panels.marks(keys) == {request.conversation_id: ("expert", "Vera, 2 tim")}
        asking.ask(request.conversation)
        assert panels.marks(keys)[request.conversation_id][1] == "Vera och 1 till, 2 tim"
        actions.answer(request, text="Två", seen=0)
        assert panels.marks([request.conversation_id])[request.conversation_id][1] == "Vera, 1 min"


def test_what_is_known_of_a_colleague_is_brought_up_to_date(asking: Asking) -> None:
    request = asking.ask(to="Vera Påhitt")
    asking.vera.name, asking.vera.title = "Vera Nytt", "stadsträdgårdsmästare"
    asking.vera.save()
    asking.ask(to="Vera Nytt")
    assert Expert.objects.get(pk=request.expert_id).shown == "Vera Nytt, stadsträdgårdsmästare"
