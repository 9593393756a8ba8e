"""The door: what counts as our own page, and who is let in where."""

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from tests.support.making import Town
from torget.core.access import allow, public, same_origin

OURS = "http://testserver"


def _request(method: str = "post", **headers: str) -> HttpRequest:
    return getattr(RequestFactory(), method)("/skriv/", headers=headers)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        pytest.param({}, True, id="a client that is no browser"),
        pytest.param({"Origin": OURS}, True, id="our own page"),
        pytest.param({"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, True, id="our own page, said twice"),
        pytest.param({"Sec-Fetch-Site": "none"}, True, id="typed by the user"),
        pytest.param(
            {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True, id="the receipt, which sends no referrer"
        ),
        pytest.param({"Origin": "null"}, False, id="null alone may be anything"),
        pytest.param({"Origin": "https://evil.example"}, False, id="another site"),
        pytest.param({"Origin": "http://testserver.evil.example"}, False, id="one whose name begins as ours"),
        pytest.param({"Origin": "http://evil.example/testserver"}, False, id="one that names us in its path"),
        pytest.param({"Origin": "http://testserver@evil.example"}, False, id="or as its user"),
        pytest.param({"Origin": "http://testserver:8080"}, False, id="another port"),
        pytest.param({"Origin": "testserver"}, False, id="no address at all"),
        pytest.param({"Origin": ""}, False, id="an empty one"),
        pytest.param({"Origin": "http://["}, False, id="one that is no address"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="the browser says it is another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="or a neighbour"),
        pytest.param({"Origin": OURS, "Sec-Fetch-Site": "cross-site"}, False, id="one of two is enough to refuse"),
    ],
)
def test_same_origin(headers: dict[str, str], ours: bool) -> None:
    assert same_origin(_request(**headers)) is ours


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_from_another_site_reaches_a_public_view(method: str) -> None:
    called: list[str] = []

    @public("a test")
    def view(request: HttpRequest) -> HttpResponse:
        called.append(str(request.method))
        return HttpResponse()

    assert view(_request(method, Origin="https://evil.example")).status_code == 403
    assert view(_request("get", Origin="https://evil.example")).status_code == 200
    assert called == ["GET"]


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "is_stored"), [(200, True), (404, False), (302, False)])
def test_only_what_went_well_may_be_stored(status: int, is_stored: bool) -> None:
    @public("a test", stored=True)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=status)

    assert ("X-Torget-Stored" in view(_request("get")).headers) is is_stored


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_a_view_says_who_guards_it() -> None:
    def anyone(user: Any) -> bool:
        return True

    opened: Any = public("a reason")(_nothing)
    guarded: Any = allow(anyone)(_nothing)
    assert opened.guard == "public:a reason"
    assert guarded.guard == f"allow:{__name__}.anyone"


def _as(user: Any, method: str = "get", path: str = "/disk/?ko=new&efter=1-1") -> HttpRequest:
    request: HttpRequest = getattr(RequestFactory(), method)(path)
    request.user = user
    return request


class _Manager:
    """Stands for a model's manager: some see nothing."""

    def __init__(self, sees: bool) -> None:
        self.objects = self
        self.sees = sees

    def visible_to(self, user: Any) -> Any:
        rows = apps.get_model("organisations", "Organisation").objects
        return rows.all() if self.sees else rows.none()


def test_what_one_may_not_see_is_not_found_and_what_one_may_not_do_is_forbidden(town: Town) -> None:
    def yes(user: Any, thing: Any) -> bool:
        return True

    def no(user: Any, thing: Any) -> bool:
        return False

    def view(request: HttpRequest, thing: Any) -> HttpResponse:
        return HttpResponse(str(thing))

    request, pk = _as(town.user()), town.organisation.pk
    assert allow(yes, _Manager(True))(view)(request, pk=pk).content == b"Ekeviks kommun"  # type: ignore[attr-defined]
    with pytest.raises(Http404):
        allow(yes, _Manager(False))(view)(request, pk=pk)
    with pytest.raises(PermissionDenied):
        allow(no, _Manager(True))(view)(request, pk=pk)


def test_staff_pages_are_kept_out_of_every_cache(town: Town) -> None:
    def yes(user: Any) -> bool:
        return True

    response = allow(yes)(_nothing)(_as(town.user()))
    assert response.headers["Cache-Control"] == "no-store"


def test_whoever_is_not_logged_in_comes_back_to_the_same_place(db: None) -> None:
    from urllib.parse import parse_qs, urlsplit

    from django.contrib.auth.models import AnonymousUser

    def yes(user: Any) -> bool:
        return True

    view = allow(yes)(_nothing)
    address = urlsplit(view(_as(AnonymousUser())).headers["Location"])
    assert (address.path, parse_qs(address.query)) == ("/konto/login/", {"next": ["/disk/?ko=new&efter=1-1"]})
    assert view(_as(AnonymousUser(), "post")).headers["Location"] == "/konto/login/"
