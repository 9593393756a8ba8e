"""The pages by the link, through their addresses: what they show, take and refuse."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.making import MONDAY, PERSON, everything, first
from torget.core import clock
from torget.core.testing import naughty_strings
from torget.experts import actions, links
from torget.experts.models import Answer, ExpertRequest
from torget.experts.tests.conftest import ADDRESS, Asking
from torget.experts.tests.reading_pages import is_kept_secret, link, page
from torget.experts.views import public
from torget.files import actions as files
from torget.register.models import Attachment

# ---- the link -------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_question_and_nothing_of_who_wrote(client: Client, asking: Asking) -> None:
    conversation = asking.town.given(f"Hej, Signe Testsson här, {PERSON}. Blir det hiss?")
    blob = files.keep(b"karta", filename="karta.txt")
    chosen, other = (
        Attachment.objects.create(record=first(conversation).record, blob=blob, filename=name)
        for name in ("karta.txt", "brev.txt")
    )
    request = asking.ask(conversation, f"Hur många? {PERSON}", attachments=[chosen.pk])
    response = client.get(link(request))
    said = page(response)
    assert response.status_code == 200
    assert is_kept_secret(response)
    assert "Amina behöver ditt svar" in said
    assert "Hej, […] här, ******-****. Blir det hiss?" in said
    assert "Hur många? ******-****" in said
    for hidden in (PERSON, "Signe", "signe@social.example", "brev.txt", "csrfmiddlewaretoken"):
        assert hidden not in said
    given = client.get(link(request, f"fil/{chosen.pk}/"))
    assert b"".join(given) == b"karta"
    assert is_kept_secret(given)
    assert client.get(link(request, f"fil/{other.pk}/")).status_code == 404


def test_opening_the_link_changes_nothing(client: Client, asking: Asking) -> None:
    request = asking.ask()
    before = everything()
    for method in (client.get, client.head, client.options):
        for rest in ("", "svara/", "fel-person/"):
            method(link(request, rest))
    for purpose, name in (("page", "sida"), ("stop", "sluta")):
        for method in (client.get, client.head):
            assert method(f"/expert/{name}/{links.secret_of(purpose, request.expert.nonce)}/").status_code == 200
    assert everything() == before


def test_answering_changing_and_what_the_page_then_says(client: Client, asking: Asking) -> None:
    request = asking.ask()
    with clock.at(MONDAY + timedelta(minutes=19)):
        posted = client.post(link(request, "svara/"), {"text": "Två hissar.", "seen": "0"})
        assert (posted.status_code, posted["Location"]) == (303, link(request))
        said = page(client.get(link(request)))
        assert "Tack. Amina har fått ditt svar." in said
        assert "Det tog 19 min." in said
        assert client.post(link(request, "svara/"), {"text": "Tre hissar.", "seen": "1"}).status_code == 303
        assert Answer.objects.get().text == "Tre hissar."
        actions.use(request, by=asking.amina)
        said = page(client.get(link(request)))
        assert "Ditt svar har använts" in said
        assert "<textarea" not in said
        late = client.post(link(request, "svara/"), {"text": "Fyra hissar.", "seen": "2"})
        assert late.status_code == 409
        asking.town.written("x")
    assert Answer.objects.get().text == "Tre hissar."


def test_what_became_of_it_stands_on_the_page(client: Client, asking: Asking) -> None:
    _, conversation = asking.town.written("Blir det hiss?", name="Signe Testsson")
    request = asking.ask(conversation)
    actions.answer(request, text="Två", seen=0)
    asking.town.answered(conversation, asking.amina, "Ja Signe, det blir två hissar.")
    actions.tell()
    assert "Ja […], det blir två hissar." in page(client.get(link(request)))


def test_files_come_with_an_answer_and_only_staff_open_them(client: Client, asking: Asking) -> None:
    request = asking.ask()
    given = {"text": "Se filen", "seen": "0", "attachments": SimpleUploadedFile("mått.txt", b"140 m")}
    assert client.post(link(request, "svara/"), given).status_code == 303
    [attachment] = Answer.objects.get().record.attachments.all()
    assert "mått.txt" in page(client.get(link(request)))
    address = f"/disk/expert/{request.pk}/svarsfil/{attachment.pk}/"
    assert client.get(address).status_code == 302
    client.force_login(asking.amina)
    assert b"".join(client.get(address)) == b"140 m"
    assert client.get(f"/disk/expert/{asking.ask().pk}/svarsfil/{attachment.pk}/").status_code == 404


def test_too_large_or_too_many_files_leave_the_text_in_the_box(client: Client, asking: Asking) -> None:
    request = asking.ask()
    many = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]
    response = client.post(link(request, "svara/"), {"text": "Min text", "seen": "0", "attachments": many})
    assert response.status_code == 400
    assert "Min text</textarea>" in page(response)
    assert not Answer.objects.exists()


def test_of_two_who_answer_the_second_reads_the_first_and_keeps_the_words(client: Client, asking: Asking) -> None:
    request = asking.ask(to="park@exempel.se")
    client.post(link(request, "svara/"), {"text": "Den enas svar", "seen": "0"})
    second = client.post(link(request, "svara/"), {"text": "Den andras svar", "seen": "0"})
    said = page(second)
    assert second.status_code == 409
    assert "Någon hann svara före" in said
    assert "Den enas svar" in said
    assert "Den andras svar</textarea>" in said
    # Having read it, one may send over it.
    assert 'name="seen" value="1"' in said


def test_an_empty_answer_says_so(client: Client, asking: Asking) -> None:
    response = client.post(link(asking.ask(), "svara/"), {"text": "  \n ", "seen": "0"})
    assert response.status_code == 400
    assert "Skriv något, så kan det skickas." in page(response)


def test_the_wrong_person(client: Client, asking: Asking) -> None:
    request = asking.ask()
    posted = client.post(link(request, "fel-person/"), {"proposal": "Olle <b>Påhitt</b>"})
    assert posted.status_code == 303
    said = page(client.get(link(request)))
    assert "du föreslår Olle <b>Påhitt</b>" in said
    assert "&lt;b&gt;" in client.get(link(request)).content.decode()
    assert client.post(link(request, "fel-person/"), {"proposal": "x" * 321}).status_code == 400
    assert client.post(link(request, "fel-person/"), {"proposal": "igen"}).status_code == 409


@pytest.mark.parametrize("change", ["x", "X", "\u00e5", "%00", "..", "a" * 500])
def test_a_tampered_secret_opens_nothing(client: Client, asking: Asking, change: str) -> None:
    secret = links.secret_of("question", asking.ask().nonce)
    # One in sixty-four begins with the very letter that is to change it.
    first = "y" if secret.startswith(change) else change
    for wrong in (first + secret[1:], secret + change, change, secret[:-1]):
        for method, rest in ((client.get, ""), (client.post, "svara/"), (client.post, "fel-person/")):
            response = method(f"/expert/{wrong}/{rest}")
            assert response.status_code == 404
    assert is_kept_secret(client.get(f"/expert/{secret[:-1]}/"))
    assert not Answer.objects.exists()


def test_one_link_opens_no_other_place(client: Client, asking: Asking) -> None:
    request = asking.ask()
    question, own, stop = (
        links.secret_of("question", request.nonce),
        links.secret_of("page", request.expert.nonce),
        links.secret_of("stop", request.expert.nonce),
    )
    for address in (
        f"/expert/{own}/", f"/expert/{stop}/", f"/expert/sida/{question}/", f"/expert/sida/{stop}/",
        f"/expert/sluta/{question}/", f"/expert/sluta/{own}/",
    ):  # fmt: skip
        assert client.get(address).status_code == 404


def test_a_shut_link_says_so_and_gives_the_words_back(client: Client, asking: Asking) -> None:
    revoked, expired = asking.ask(), asking.ask()
    actions.revoke(revoked, by=asking.amina)
    for request, words, moment in (
        (revoked, "har tagit tillbaka frågan", MONDAY),
        (expired, "Länken gäller inte längre", MONDAY + timedelta(days=14)),
    ):
        with clock.at(moment):
            shown = client.get(link(request))
            assert (shown.status_code, words in page(shown), is_kept_secret(shown)) == (410, True, True)
            posted = client.post(link(request, "svara/"), {"text": "Det jag skrev", "seen": "0"})
            assert (posted.status_code, "Det jag skrev" in page(posted)) == (410, True)
            assert client.post(link(request, "fel-person/")).status_code == 410
    assert not Answer.objects.exists()


def test_a_form_from_elsewhere_is_refused(client: Client, asking: Asking) -> None:
    request = asking.ask()
    given = {"text": "Två", "seen": "0"}
    assert client.post(link(request, "svara/"), given, headers={"origin": "https://annan.example"}).status_code == 403
    same = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert client.post(link(request, "svara/"), given, headers=same).status_code == 303


def test_tries_are_counted(client: Client, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asking.ask()
    monkeypatch.setattr(public, "TRIES_A_MINUTE", 5)
    said = [client.get("/expert/fel/", REMOTE_ADDR="192.0.2.77").status_code for _ in range(7)]
    assert said == [404] * 5 + [429] * 2
    assert client.get(link(request), REMOTE_ADDR="192.0.2.77").status_code == 429
    assert client.get(link(request), REMOTE_ADDR="192.0.2.78").status_code == 200


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.drill)])
def test_naughty_strings_are_answers_like_others(client: Client, asking: Asking, each: int) -> None:
    request = asking.ask()
    version = 0
    strings = naughty_strings()[::each]
    for text in strings:
        response = client.post(link(request, "svara/"), {"text": text.encode("utf-8", "replace"), "seen": str(version)})
        assert response.status_code in (303, 400), repr(text[:40])
        if response.status_code == 303:
            version = Answer.objects.get().version
    assert version > len(strings) // 2
    assert client.get(link(request)).status_code == 200


def test_naughty_names_and_questions_are_shown_as_written(client: Client, asking: Asking) -> None:
    client.force_login(asking.amina)
    for text in (text for text in naughty_strings()[:80] if text.strip("\x00 \ufeff") and len(text) < 300):
        conversation = asking.town.given("Blir det hiss?")
        given = {"to": ADDRESS, "text": text.encode("utf-8", "replace"), "wanted": "next"}
        assert client.post(f"/disk/expert/fraga/{conversation.number}/", given).status_code in (302, 400, 409)
    for request in ExpertRequest.objects.all()[:80]:
        said = client.get(link(request)).content.decode()
        assert "<script>alert" not in said
        assert "<img src=x" not in said
