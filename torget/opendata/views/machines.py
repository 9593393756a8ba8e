"""What machines look for at fixed places: robots.txt, the map of the site, security.txt, oEmbed."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.sax.saxutils import escape  # nosec B406  # written with, nothing is read

from django.conf import settings
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from torget.conversations.models import Conversation
from torget.conversations.published import messages_of
from torget.core import clock
from torget.core.access import public
from torget.opendata.rules import expires, parts, span
from torget.organisations.models import Organisation

XML = "application/xml; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PAGES = (
    "conversations:square", "conversations:write", "organisations:accounts", "opendata:page", "journal:index",
    "moderation:about",
)  # fmt: skip
EXCERPT = 400


@public("what may be read by machines, and where the map is", stored=True)
def robots(request: HttpRequest) -> HttpResponse:
    """`/robots.txt`: the desk and what only a secret opens are nobody's to read; the register says noindex itself."""
    shut = ("/disk/", "/installningar/", "/konto/", "/kvitto/", "/expert/", "/resultat/", "/websub/")
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in shut),
        f"Sitemap: {settings.TORGET_URL}/sitemap.xml",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type=PLAIN)


def _map(tag: str, addresses: Iterator[tuple[str, str]]) -> HttpResponse:
    """A map, or a map of maps: (address, day of its last change or "")."""
    inner = "url" if tag == "urlset" else "sitemap"
    rows = "".join(
        f"<{inner}><loc>{escape(address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</{inner}>\n"
        for address, day in addresses
    )
    return HttpResponse(f'<?xml version="1.0" encoding="utf-8"?>\n<{tag} {_SPACE}>\n{rows}</{tag}>\n', content_type=XML)


@public("the map of what is public", stored=True)
def sitemap(request: HttpRequest) -> HttpResponse:
    """`/sitemap.xml`: the maps that there are, so many that none holds more than 50,000 addresses.

    The register is left out: its pages are open, and say themselves that they are not to be indexed.
    """
    root, made = settings.TORGET_URL, [("sidor", 1)]
    shown = Conversation.objects.filter(published_at__isnull=False).aggregate(highest=Max("number"))["highest"] or 0
    made += [("samtal", part + 1) for part in range(parts(shown))]
    where = (reverse("opendata:sitemap_part", kwargs={"kind": kind, "part": part}) for kind, part in made)
    return _map("sitemapindex", ((root + path, "") for path in where))


@public("a part of the map of what is public", stored=True)
def sitemap_part(request: HttpRequest, kind: str, part: int) -> HttpResponse:
    """`/sitemap/samtal-1.xml`. Errors: 404 for a part that is none."""
    made = {"sidor": _pages, "samtal": _conversations}.get(kind)
    if made is None or not 0 < part < 1_000_000:
        raise Http404
    rows = list(made(part))
    if not rows:
        raise Http404
    return _map("urlset", iter(rows))


def _pages(part: int) -> Iterator[tuple[str, str]]:
    if part == 1:
        yield from ((settings.TORGET_URL + reverse(name), "") for name in PAGES)


def _conversations(part: int) -> Iterator[tuple[str, str]]:
    rows = Conversation.objects.filter(published_at__isnull=False, number__range=span(part)).order_by("number")
    for number, changed in rows.values_list("number", "changed_at").iterator():
        path = reverse("conversations:conversation", kwargs={"number": number})
        yield settings.TORGET_URL + path, changed.astimezone(clock.STOCKHOLM).date().isoformat()


@public("how to tell us of a hole in our security")
def security(request: HttpRequest) -> HttpResponse:
    """`/.well-known/security.txt` (RFC 9116)."""
    organisation = Organisation.current()
    contact = settings.TORGET_SECURITY_CONTACT or (f"mailto:{organisation.email}" if organisation.email else "")
    lines = [
        f"Contact: {contact or settings.TORGET_URL + reverse('conversations:write')}",
        f"Expires: {expires(clock.now()):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: sv, en",
        f"Canonical: {settings.TORGET_URL}/.well-known/security.txt",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type=PLAIN)


@public(
    "a published conversation as others' pages embed it", stored=lambda _: False, reads=("url", "format", "maxwidth")
)
def oembed(request: HttpRequest) -> HttpResponse:
    """`/oembed?url=…` (oEmbed 1.0): rich, without any script. 404 for what is not published, 501 for another format."""
    form = request.GET.get("format", "json")
    if form not in ("json", "xml"):
        return HttpResponse(status=501)
    conversation = _conversation_at(request.GET.get("url", ""))
    organisation = Organisation.current()
    address = settings.TORGET_URL + reverse("conversations:conversation", kwargs={"number": conversation.number})
    told: dict[str, str | int] = {
        "version": "1.0",
        "type": "rich",
        "title": conversation.public_title,
        "provider_name": organisation.name,
        "provider_url": f"{settings.TORGET_URL}/",
        "cache_age": 3600,
        "width": _width(request),
        "height": 240,
        "html": _embedded(conversation, address, organisation.name),
    }
    if form == "json":
        body, kind = json.dumps(told, ensure_ascii=False), "application/json; charset=utf-8"
    else:
        rows = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in told.items())
        body, kind = f'<?xml version="1.0" encoding="utf-8"?>\n<oembed>{rows}</oembed>\n', "text/xml; charset=utf-8"
    response = HttpResponse(body, content_type=kind)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _width(request: HttpRequest) -> int:
    given = request.GET.get("maxwidth", "")
    return max(200, min(int(given), 640)) if given.isascii() and given.isdecimal() and len(given) < 6 else 640


def _conversation_at(url: str) -> Conversation:
    """The published conversation at an address of ours. Errors: Http404."""
    try:
        asked, ours = urlsplit(url[:500]), urlsplit(settings.TORGET_URL)
    except ValueError:
        raise Http404 from None
    match = re.fullmatch(r"(?:/en)?/samtal/([0-9]{1,18})/", asked.path, re.ASCII)
    if match is None or asked.netloc != ours.netloc or asked.scheme not in ("http", "https"):
        raise Http404
    found = Conversation.objects.filter(number=int(match[1]), published_at__isnull=False).first()
    if found is None:
        raise Http404
    return found


def _embedded(conversation: Conversation, address: str, organisation: str) -> str:
    """The question and the first answers as a quotation: elements only, no script, no style, no address but ours."""
    said = [one for one in messages_of(conversation)[:3] if one.text]
    paragraphs = format_html_join(
        "", "<p>{}{}</p>", ((f"{organisation}: " if one.from_us else "", one.text[:EXCERPT]) for one in said)
    )
    return format_html(
        '<blockquote cite="{}"><h3>{}</h3>{}<p><a href="{}">{}</a></p></blockquote>',
        address, conversation.public_title, paragraphs, address, organisation,
    )  # fmt: skip
