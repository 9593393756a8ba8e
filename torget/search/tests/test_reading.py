"""What is found, by whom, and in what order; on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.making import MONDAY, Town, first, incoming
from torget.channels.base import Deleted, Visibility
from torget.conversations import actions
from torget.conversations.models import Conversation, Outbox, Tag
from torget.core import clock
from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.register.models import Record
from torget.register.rules import State
from torget.search import actions as search
from torget.search import reading
from torget.search.models import Entry
from torget.search.rules import Filters


@pytest.fixture
def user(town: Town) -> User:
    return town.user(name="Anna Testsson")


def _found(user: User, query: str, **more: object) -> list[int]:
    """The numbers of the conversations that are found, in their order."""
    search.sweep()
    return [hit.conversation.number for hit in reading.find(user, query, **more).hits]  # type: ignore[arg-type]


TEXTS = (
    "När snöröjs gångvägen vid skolan? Det är halt.",
    "Röjning av snö på Storgatan går för långsamt",
    "Vad kostar en plats i förskolan, och när får man fakturan?",
    "Gatlyktan vid busshållplatsen är trasig. E-post går bra.",
    "Är det så här ÄRENDET om Åsö ska gå? Café öppnar när?",
)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        pytest.param("skola", [1], id="a definite form is found by the indefinite one"),
        pytest.param("skolorna", [1], id="and by the plural"),
        pytest.param("gata", [2, 4], id="the end of a street's name, and the beginning of a compound"),
        pytest.param("snö", [2], id="å ä ö are letters of their own"),
        pytest.param("sno", [], id="and not o with dots"),
        pytest.param("hållplats", [4], id="a part of a compound"),
        pytest.param("snöröjning", [2], id="a compound finds its parts apart"),
        pytest.param("ärende", [5], id="small letters find capitals with dots"),
        pytest.param("CAFE", [5], id="é is e"),
        pytest.param("asö", [], id="å is not a"),
        pytest.param("epost", [4], id="a word joined by a dash"),
        pytest.param("e-post", [4], id="and with its dash"),
        pytest.param('"går för långsamt"', [2], id="words in a row"),
        pytest.param('"långsamt går"', [], id="not in another order"),
        pytest.param("går", [2, 4], id="a word that says little is looked for when it is alone"),
        pytest.param("går -storgatan", [4], id="without a word"),
        pytest.param('går -"går bra"', [2], id="without words in a row"),
        pytest.param("gatl*", [4], id="the beginning of a word"),
        pytest.param("busshållplatse*", [4], id="a beginning longer than the stem"),
        pytest.param("plats faktura", [3], id="both words"),
        pytest.param("plats faktura trasig", [], id="all words"),
        pytest.param("3", [3], id="the number of a conversation"),
        pytest.param("Signe", [1, 2, 3, 4, 5], id="the sender's name"),
        pytest.param("signe@social.example", [1, 2, 3, 4, 5], id="the sender's address"),
        pytest.param("from:sig snö", [2], id="from a sender, by the beginning of a name"),
        pytest.param("from:nils snö", [], id="and not from another"),
        pytest.param("snö kanal:jsonl", [2], id="in a channel"),
        pytest.param("snö kanal:mejl", [], id="not in another"),
        pytest.param("snö status:ny", [2], id="in a state"),
        pytest.param("snö status:besvarad", [], id="not in another state"),
        pytest.param("snö från:2026-11-16 till:2026-11-16", [2], id="on a day"),
        pytest.param("snö från:2026-11-17", [], id="not on the next"),
        pytest.param("-snö status:ny från:2026-11-16", [1, 3, 4, 5], id="only what is not there, within bounds"),
        pytest.param("snö typ:svar", [], id="only our answers"),
        pytest.param("' OR 1=1 -- \\ % _ ( ) : * & | !", [], id="signs are no commands"),
        pytest.param("-snö", [], id="only what is not there"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_is_found(town: Town, user: User, query: str, numbers: list[int]) -> None:
    for text in TEXTS:
        town.given(text)
    assert sorted(_found(user, query)) == sorted(numbers)


def test_newest_first_and_page_by_page(town: Town, user: User) -> None:
    for number in range(45):
        with clock.at(MONDAY + timedelta(minutes=number)):
            town.given(f"Fråga {number} om badet", sent_at=MONDAY + timedelta(minutes=number))
    search.sweep()
    numbers, after = [], ""
    for expected in (20, 20, 5):
        page = reading.find(user, "badet", after=after)
        numbers += [hit.conversation.number for hit in page.hits]
        assert len(page.hits) == expected
        after = page.after
    assert numbers == list(range(45, 0, -1)) and after == ""
    assert [hit.conversation.number for hit in reading.find(user, "badet", after="x'y").hits] == numbers[:20]


def test_a_page_costs_the_same_for_one_hit_as_for_many(town: Town, user: User) -> None:
    town.given("En enda om kajen")
    for number in range(25):
        town.given(f"Fråga {number} om badet")
    search.sweep()
    counts = []
    for query in ("kajen", "badet"):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert reading.find(user, query).hits
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_by_relevance_the_best_comes_first_and_pages_do_not_overlap(town: Town, user: User) -> None:
    best = town.given("Simskola för barn: när börjar simskolan?")
    for number in range(24):
        town.given(f"Hej. Jag undrar en del om annat, ord {number}, och sist vill jag veta en sak om simskolan också")
    search.sweep()
    page = reading.find(user, "simskola", best=True)
    rest = reading.find(user, "simskola", best=True, after=page.after)
    numbers = [hit.conversation.number for hit in (*page.hits, *rest.hits)]
    assert numbers[0] == best.number and len(set(numbers)) == 25 and rest.after == ""


def test_answers_and_notes_are_found_and_drafts_of_others_are_not(town: Town, user: User) -> None:
    conversation = town.given("En fråga")
    actions.keep_draft(conversation, text="hemligt utkast om kajaker", by=town.user())
    assert _found(user, "kajaker") == []
    actions.note(conversation, text="fråga Sten om kanoter", by=user)
    town.answered(conversation, user, "Man får paddla överallt.")
    assert _found(user, "kanot") == [1]
    [hit] = reading.find(user, "paddla").hits
    assert (hit.kind, hit.who) == ("out", "Anna Testsson")
    assert [h.kind for h in reading.find(user, "typ:anteckning").hits] == ["note"]


def test_an_answer_that_is_taken_back_is_a_draft_and_not_found(town: Town, user: User) -> None:
    conversation = town.given("En fråga", account=town.account("web"))
    answer = town.answered(conversation, user, "Man får paddla överallt.")
    assert _found(user, "paddla") == [1]
    Outbox.objects.filter(message=answer).update(state="approved")
    Record.objects.filter(message=answer).update(kind="drawn_up")
    with clock.at(MONDAY + timedelta(seconds=5)):
        actions.withdraw(answer, by=user)
        assert _found(user, "paddla") == []


def test_where_nothing_may_be_seen_for_long_the_page_goes_on(
    town: Town, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_AT_ONCE", 2)
    for number in range(30):
        town.given(f"Fråga {number} om badet")
    search.sweep()
    queryset = type(Conversation.objects.all())
    monkeypatch.setattr(queryset, "visible_to", lambda self, user: self.filter(number=1))
    numbers, after, pages = [], "", 0
    while pages == 0 or after:
        page = reading.find(user, "badet", after=after)
        numbers += [hit.conversation.number for hit in page.hits]
        after, pages = page.after, pages + 1
    assert numbers == [1] and pages == 4


def test_an_edit_is_found_by_its_new_words_only(town: Town, user: User) -> None:
    town.take(incoming("a", "En fråga"), incoming("b", "Bron är trasig", in_reply_to="a"))
    assert _found(user, "bron") == [1]
    town.take(incoming("b", "Tunneln är trasig", edited_at=MONDAY))
    assert (_found(user, "bron"), _found(user, "tunnel")) == ([], [1])
    assert Entry.objects.count() == 2


def test_what_the_sender_took_away_is_still_a_record_and_found(town: Town, user: User) -> None:
    town.take(incoming("a", "Bron är trasig"))
    town.take(Deleted(external_id="a"))
    assert _found(user, "bron") == [1]


def test_state_tag_case_and_name_are_followed(town: Town, user: User) -> None:
    conversation = town.given("Bron är trasig", visibility=Visibility.PUBLIC)
    assert _found(user, "status:ny") == [1]
    with clock.at(MONDAY + timedelta(hours=1)):
        actions.classify(first(conversation), state=State.REGISTERED, subject="Reparation av gångbro", by=user)
        conversation.tags.add(Tag.objects.create(name="Akut läge"))
        Conversation.objects.filter(pk=conversation.pk).update(changed_at=clock.now())
        for query in ("reparation", "KS 2026/0001-1", "2026/0001", "tagg:akut_läge", '"tagg:x" -tagg akut'):
            if not query.startswith('"'):
                assert _found(user, query) == [1], query
        town.answered(conversation, user)
        assert (_found(user, "trasig status:öppen"), _found(user, "trasig status:besvarad")) == ([], [1])


def test_secret_records_are_found_by_those_who_may(town: Town, user: User) -> None:
    conversation = town.given("Grannens barn far illa")
    actions.mark_secret(first(conversation), provision="26 kap. 1 § OSL", by=user)
    search.sweep()
    [hit] = reading.find(user, "granne").hits
    assert hit.secret
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert reading.find(User.objects.get(pk=user.pk), "granne").hits == []


def test_hidden_ones_do_not_empty_a_page(town: Town, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may see little still gets whole pages of what is theirs, and the last page says that it is."""
    for number in range(150):
        town.given(f"Fråga {number} om badet")
    search.sweep()
    queryset = type(Conversation.objects.all())
    monkeypatch.setattr(queryset, "visible_to", lambda self, user: self.filter(number__in=range(1, 151, 5)))
    search.sweep()
    page = reading.find(user, "badet")
    rest = reading.find(user, "badet", after=page.after)
    numbers = [hit.conversation.number for hit in (*page.hits, *rest.hits)]
    assert numbers == sorted(range(1, 151, 5), reverse=True) and rest.after == ""


def test_form_fields_and_words_in_the_question_meet(town: Town, user: User) -> None:
    town.given("Bron är trasig")
    assert _found(user, "bron", filters=Filters(channel="jsonl", status="new", sender="signe")) == [1]
    assert _found(user, "bron", filters=Filters(channel="mail")) == []
    assert _found(user, "", filters=Filters(since=MONDAY.date(), until=MONDAY.date())) == [1]
    assert _found(town.user(Role.EXPERT), "bron") == [1]
