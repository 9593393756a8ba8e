"""Screening: what gives a hint, and what must give none. The sentences are made up for this table."""

import time

import pytest

from tests.support.making import PERSON
from torget.core.testing import naughty_strings
from torget.moderation.rules import lexicon
from torget.moderation.rules.screening import Kind, hints, words_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Jag ska döda dig", Kind.THREAT, id="will, harm, someone"),
        pytest.param("Vi kommer att slå er gula och blå", Kind.THREAT, id="a word between"),
        pytest.param("Någon borde skjuta honom.", Kind.THREAT, id="somebody else should"),
        pytest.param("Jag ska bränna ner? Nej: jag ska bränna din bil", Kind.THREAT, id="the second one counts"),
        pytest.param("Vi vet var du bor", Kind.THREAT, id="said whole"),
        pytest.param("JAG SKA DÖDA DIG", Kind.THREAT, id="shouted"),
        pytest.param("jag ska d\u00f6da\u200b dig", Kind.THREAT, id="an invisible sign inside"),
        pytest.param("jag ska do\u0308da dig", Kind.THREAT, id="ö in two signs"),
        pytest.param("Du ska dö", Kind.THREAT, id="to die"),
        pytest.param("Ni är ju idioter allihop", Kind.INSULT, id="a stem with an ending"),
        pytest.param("Vilken 1d10t", Kind.INSULT, id="digits for letters"),
        pytest.param("i d i o t", Kind.INSULT, id="letters apart"),
        pytest.param("idiiiiiot", Kind.INSULT, id="drawn out"),
        pytest.param("Jävla hora", Kind.INSULT, id="of a person"),
        pytest.param("Muslimer är ohyra", Kind.AGITATION, id="a group as vermin"),
        pytest.param("Alla invandrare borde skjutas", Kind.AGITATION, id="a group to be shot"),
        pytest.param(f"Mitt nummer är {PERSON}", Kind.IDENTITY_NUMBER, id="an identity number"),
    ],
)
def test_what_gives_a_hint(text: str, kind: Kind) -> None:
    assert kind in [hint.kind for hint in hints(text)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Kan ni skjuta upp mötet? Jag vill skjuta upp er tid.", id="to put off"),
        pytest.param("Ni ska slå på lampan i era tunnlar", id="to turn on"),
        pytest.param("Vi ska hänga upp skylten på er vägg", id="to hang a sign"),
        pytest.param("Jag ska döda ogräset på min gård", id="weeds"),
        pytest.param("Vi kommer inte att skada er rabatt", id="will not"),
        pytest.param("Matsvinnet i skolan är för stort, jag svinnar inget", id="food waste"),
        pytest.param("Trafiken till Svinesund är farlig", id="a bridge"),
        pytest.param("En idiotsäker lösning vore bra", id="foolproof"),
        pytest.param("Mongoliska studenter undrar om hyran", id="from Mongolia"),
        pytest.param("Romer och samer är nationella minoriteter", id="a group alone"),
        pytest.param("Det är råttor i källaren på Storgatan", id="rats alone"),
        pytest.param("Det är råttor i källaren. Flyktingar bor ovanpå.", id="rats in another sentence"),
        pytest.param("Ni är usla och beslutet är skamligt", id="criticism"),
        pytest.param("Fan vad dåligt plogat, för helvete", id="swearing at the snow"),
        pytest.param("Ordet hör ihop med höra och hörsal", id="to hear"),
        pytest.param("", id="nothing"),
        pytest.param("A B C D är svarsalternativ", id="letters one by one are no insult"),
    ],
)
def test_what_gives_none(text: str) -> None:
    assert hints(text) == ()


def test_the_gravest_comes_first_and_a_number_is_not_repeated() -> None:
    found = hints(f"Idiot, jag ska döda dig, {PERSON}")
    assert [hint.kind for hint in found] == [Kind.THREAT, Kind.INSULT, Kind.IDENTITY_NUMBER]
    assert (found[0].words, found[2].words) == ("ska döda dig", "")


@pytest.mark.parametrize("text", naughty_strings(), ids=lambda text: ascii(text[:20]))
def test_no_text_breaks_it(text: str) -> None:
    hints(text)


@pytest.mark.parametrize(
    "part", ["ska ", "a ", "1", "ska döda ", "idiot ", "muslim ohyra. ", "@", "a-"], ids=lambda part: repr(part)
)
def test_a_long_text_is_read_in_no_time(part: str) -> None:
    began = time.process_time()
    hints(part * (200_000 // len(part)))
    assert time.process_time() - began < 2


def test_the_list_is_stems_in_small_letters_each_once() -> None:
    for name in ("INSULTS", "NOT", "WILL", "HARM", "SOMEONE", "HARMLESS", "GROUPS", "AGITATION"):
        entries = getattr(lexicon, name)
        assert len(entries) == len(set(entries)), name
        for entry in entries:
            assert words_of(entry) == [entry], f"{name}: {entry} is never found as it is compared"
    assert all(words_of(" ".join(said)) == list(said) for said in lexicon.THREATS)
