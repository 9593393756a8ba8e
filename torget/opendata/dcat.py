"""The catalogue in DCAT-AP-SE 3.0.1 as RDF/XML: who gives what, where, how often and on what terms.

Source: the specification by Digg (docs.dataportal.se/dcat). tests/shapes.ttl holds its mandatory and recommended
properties as SHACL, written by hand from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # written with, nothing is read

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from torget.opendata.datasets import CC0, Dataset, File

SPACES: Final = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EU: Final = "http://publications.europa.eu/resource/authority"
LANGUAGES: Final = (("sv", f"{_EU}/language/SWE"), ("en", f"{_EU}/language/ENG"))
LOCAL_AUTHORITY: Final = "http://purl.org/adms/publishertype/LocalAuthority"
XSD_DATE: Final = f"{SPACES['xsd']}date"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who gives the data: name, where its pages are, and how to reach who knows."""

    name: str
    root: str
    email: str
    phone: str


def _words(name: str, text: object) -> Iterator[str]:
    """A text in both languages, once where they are the same."""
    said: dict[str, str] = {}
    for language, _address in LANGUAGES:
        with translation.override(language):
            said[language] = str(text)
    if said["en"] == said["sv"]:
        said.pop("en")
    for language, words in said.items():
        yield f'<{name} xml:lang="{language}">{escape(words)}</{name}>'


def _link(name: str, address: str) -> str:
    return f"<{name} rdf:resource={quoteattr(address)}/>"


def _value(name: str, text: str, datatype: str = "") -> str:
    kind = f" rdf:datatype={quoteattr(datatype)}" if datatype else ""
    return f"<{name}{kind}>{escape(text)}</{name}>"


def _node(kind: str, address: str, parts: list[str]) -> str:
    return f"<{kind} rdf:about={quoteattr(address)}>\n{chr(10).join(parts)}\n</{kind}>"


def _catalogue(publisher: Publisher, sets: list[Dataset], changed: str) -> str:
    root = publisher.root
    return _node(
        "dcat:Catalog",
        f"{root}/oppna-data/",
        [
            *_words("dcterms:title", _("Öppna data från frågor och svar")),
            *_words(
                "dcterms:description",
                _("Det som organisationen visar öppet om vad invånare frågar och vad den svarar."),
            ),
            _link("dcterms:publisher", f"{root}/#organisation"),
            _link("dcterms:license", CC0),
            _link("foaf:homepage", f"{root}/"),
            *(_link("dcterms:language", address) for _code, address in LANGUAGES),
            _value("dcterms:modified", changed, XSD_DATE),
            _link("dcat:themeTaxonomy", f"{_EU}/data-theme"),
            *(_link("dcat:dataset", f"{root}/oppna-data/#{one.code}") for one in sets),
            _link("dcat:service", f"{root}/api/v1/"),
        ],
    )


def _dataset(one: Dataset, publisher: Publisher) -> str:
    root = publisher.root
    return _node(
        "dcat:Dataset",
        f"{root}/oppna-data/#{one.code}",
        [
            *_words("dcterms:title", one.title),
            *_words("dcterms:description", one.about),
            _value("dcterms:identifier", f"{root}/oppna-data/#{one.code}"),
            _link("dcterms:publisher", f"{root}/#organisation"),
            _link("dcat:contactPoint", f"{root}/#kontakt"),
            _link("dcat:theme", one.theme_uri),
            *(word for keyword in one.keywords for word in _words("dcat:keyword", keyword)),
            _link("dcterms:accessRights", one.access_uri),
            _link("dcterms:accrualPeriodicity", one.often_uri),
            _link("dcterms:language", LANGUAGES[0][1]),
            _link("dcat:landingPage", root + one.page),
            _link("foaf:page", f"{root}/oppna-data/"),
            *(_link("dcat:distribution", _name(one, file, root)) for file in one.files),
        ],
    )


def _name(one: Dataset, file: File, root: str) -> str:
    return f"{root}/oppna-data/#{one.code}-{file.media_type.partition('/')[2].replace('+', '-')}"


def _distribution(one: Dataset, file: File, root: str) -> str:
    """No size and no checksum: every file is made when it is asked for."""
    parts = [
        *_words("dcterms:title", file.label),
        *_words("dcterms:description", one.about),
        _link("dcat:accessURL", root + file.path),
        _link("dcterms:license", CC0),
        _value("dcterms:format", file.media_type),
        _link("dcat:mediaType", f"http://www.iana.org/assignments/media-types/{file.media_type}"),
        _link("dcterms:conformsTo", f"{root}/oppna-data/{one.code}.json"),
    ]
    parts.append(
        _link("dcat:accessService", f"{root}/api/v1/") if file.by_api else _link("dcat:downloadURL", root + file.path)
    )
    return _node("dcat:Distribution", _name(one, file, root), parts)


def _service(publisher: Publisher, sets: list[Dataset]) -> str:
    root = publisher.root
    return _node(
        "dcat:DataService",
        f"{root}/api/v1/",
        [
            *_words("dcterms:title", _("Torgets API")),
            *_words(
                "dcterms:description", _("Diariet och de publicerade samtalen som JSON. Det öppna kräver ingen nyckel.")
            ),
            _link("dcat:endpointURL", f"{root}/api/v1/"),
            _link("dcat:endpointDescription", f"{root}{reverse('api:openapi')}"),
            _link("dcterms:publisher", f"{root}/#organisation"),
            _link("dcat:contactPoint", f"{root}/#kontakt"),
            _link("dcterms:license", CC0),
            _link("dcterms:accessRights", f"{_EU}/access-right/PUBLIC"),
            *(
                _link("dcat:servesDataset", f"{root}/oppna-data/#{one.code}")
                for one in sets
                if any(file.by_api for file in one.files)
            ),
        ],
    )


def _people(publisher: Publisher) -> Iterator[str]:
    root = publisher.root
    yield _node(
        "foaf:Agent",
        f"{root}/#organisation",
        [
            _value("foaf:name", publisher.name),
            _link("dcterms:type", LOCAL_AUTHORITY),
            _link("foaf:homepage", f"{root}/"),
        ],
    )
    reached = [_value("vcard:fn", publisher.name), _link("vcard:hasURL", f"{root}/skriv/")]
    if publisher.email:
        reached.append(_link("vcard:hasEmail", f"mailto:{publisher.email}"))
    yield _node("vcard:Organization", f"{root}/#kontakt", reached)
    for language, address in LANGUAGES:
        yield _node("dcterms:LinguisticSystem", address, [_value("dcterms:title", language)])
    yield _node("dcterms:LicenseDocument", CC0, [_value("dcterms:title", "CC0 1.0")])


def catalogue(publisher: Publisher, sets: list[Dataset], changed: str) -> str:
    """The whole catalogue; `changed` is the day of the last change ("2026-11-16")."""
    root = publisher.root
    spaces = "".join(f" xmlns:{name}={quoteattr(address)}" for name, address in SPACES.items())
    nodes = [
        _catalogue(publisher, sets, changed),
        *(_dataset(one, publisher) for one in sets),
        *(_distribution(one, file, root) for one in sets for file in one.files),
        _service(publisher, sets),
        *_people(publisher),
    ]
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF{spaces}>\n{chr(10).join(nodes)}\n</rdf:RDF>\n'
