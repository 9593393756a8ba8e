"""Views that return as many bytes as they are asked for, and one that takes a form and sends the browser on."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@lru_cache(maxsize=10)
def _bytes(count: int) -> bytes:
    return b"x" * count


def some(request: HttpRequest, count: int) -> HttpResponse:
    """`/bytes/<count>/`: a constant body of that length."""
    return HttpResponse(_bytes(count))


@csrf_exempt
def form(request: HttpRequest) -> HttpResponse:
    """`/form/`: the form is read, files too, and the answer is the same redirect without a receipt behind it."""
    answer = f"/kvitto/{'x' * 22}/" if request.POST.get("text") is not None and not request.FILES else ""
    return HttpResponse(status=303, headers={"Location": answer})


urlpatterns = [path("bytes/<int:count>/", some), path("form/", form)]
