"""Pages that Django keeps: as old as the public version and not a moment older, and bounded whatever is asked for."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from torget.core.access import public
from torget.core.models import PublicVersion
from torget.core.stored import LONGEST, NONCE, Stored, form_page

pytestmark = pytest.mark.django_db


class Counting:
    """A view that says how often it was called."""

    def __init__(self, **headers: str) -> None:
        self.calls, self.headers = 0, headers

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.calls += 1
        return HttpResponse(f"made {self.calls}", headers=self.headers)


def ask(store: Stored, view: Counting, path: str) -> bytes:
    request = RequestFactory().get(path)
    response = store.serve(request, ("efter",), lambda: view(request))
    assert isinstance(response, HttpResponse)
    return response.content


def test_a_page_is_made_once_for_a_version() -> None:
    store, view = Stored(), Counting()
    assert [ask(store, view, "/diarium/?x=1") for _ in range(2)] == [b"made 1"] * 2
    PublicVersion.bump()
    assert [ask(store, view, "/diarium/?x=2") for _ in range(2)] == [b"made 2"] * 2


def test_an_older_version_is_as_unknown_as_a_newer_one() -> None:
    store, view = Stored(), Counting()
    PublicVersion.bump()
    ask(store, view, "/diarium/")
    PublicVersion.objects.update(version=0)
    assert ask(store, view, "/diarium/") == b"made 2"


def test_what_the_view_reads_makes_another_page() -> None:
    store, view = Stored(), Counting()
    assert ask(store, view, "/diarium/?efter=1-1") != ask(store, view, "/diarium/?efter=1-2")


@pytest.mark.parametrize("query", ["?annat=1", "?annat=2&annat=3", "?EFTER=1"])
def test_what_the_view_does_not_read_makes_no_page(query: str) -> None:
    store, view = Stored(), Counting()
    assert ask(store, view, "/diarium/") == ask(store, view, f"/diarium/{query}")
    assert len(store.pages) == 1


def test_a_longer_parameter_than_any_place_is_not_kept() -> None:
    store, view = Stored(), Counting()
    path = f"/diarium/?efter={'1' * (LONGEST + 1)}"
    assert ask(store, view, path) != ask(store, view, path)
    assert not store.pages


def test_pages_longest_unused_make_room() -> None:
    store, view = Stored(limit=20), Counting()
    for place in range(50):
        ask(store, view, f"/diarium/?efter={place}")
    assert store.bytes == sum(len(page.body) for page in store.pages.values()) <= 20
    assert [key[-1] for key in store.pages] == ["48", "49"]


def test_an_answer_with_a_cookie_is_never_kept() -> None:
    store = Stored()

    def view() -> HttpResponse:
        response = HttpResponse("mine")
        response.set_cookie("who", "me")
        return response

    store.serve(RequestFactory().get("/"), (), view)
    assert not store.pages


@pytest.mark.parametrize("status", [404, 500, 302])
def test_only_a_whole_page_is_kept(status: int) -> None:
    store = Stored()
    store.serve(RequestFactory().get("/"), (), lambda: HttpResponse(status=status))
    assert not store.pages


def test_the_door_keeps_what_is_marked_as_stored_and_no_other() -> None:
    plain, kept = Counting(), Counting()
    plain.__name__ = kept.__name__ = "view"  # type: ignore[attr-defined]
    request = RequestFactory().get("/prov/?x=1")
    for _ in range(2):
        public("a test")(plain)(request)
        answer = public("a test", stored=True)(kept)(request)
    assert (plain.calls, kept.calls) == (2, 1)
    assert answer.headers["X-Torget-Stored"] == "1"


def test_each_visitor_of_a_stored_form_gets_a_nonce_and_words_of_their_own() -> None:
    made: list[dict[str, str]] = []

    def make(given: dict[str, str]) -> HttpResponse:
        made.append(given)
        return HttpResponse(f"{given['nonce']}|{given.get('subject', '-')}|{given.get('text', '-')}")

    def page(words: dict[str, str]) -> list[str]:
        answer = form_page(RequestFactory().get("/prov/"), make, words)
        assert isinstance(answer, HttpResponse)
        return answer.content.decode().split("|")

    signe, olle = page({"subject": "<b>Signe", "text": "1"}), page({"subject": f"{NONCE}-text", "text": "2"})
    assert signe[1:] == ["&lt;b&gt;Signe", "1"]
    # Words that look like a place for others are words.
    assert olle[1:] == [f"{NONCE}-text", "2"]
    assert page({})[1:] == ["-", "-"] and len(made) == 2
    assert len({signe[0], olle[0], page({})[0], NONCE}) == 4


def test_a_part_is_made_once_for_each_version_and_each_time_for_a_page_that_is_not_kept(db: None) -> None:
    store, made = Stored(), []

    def make() -> str:
        made.append("x")
        return "x" * len(made)

    def asked() -> str:
        request = RequestFactory().get("/")
        store.serve(request, ("a",), lambda: HttpResponse("", status=404))
        return store.part(request, "words", make)

    assert [asked(), asked()] == ["x", "x"]
    PublicVersion.bump()
    assert [asked(), asked()] == ["xx", "xx"]
    store.clear()
    assert asked() == "xxx"
    assert [store.part(RequestFactory().post("/"), "words", make) for _ in range(2)] == ["xxxx", "xxxxx"]
