"""Cutting of quotes, by rule. Swedish first: it is what residents write."""

import pytest

from torget.channels.markup import QUOTE_STARTS
from torget.channels.quotes import reply

OWN = "Hej!\nLampan är trasig igen."


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("Den mån 16 nov. 2026 kl 09:15 skrev Eva Ek <eva@example.org>:\n\n> Lagad.", id="Gmail"),
        pytest.param("Den 2026-11-16 kl. 09:15, skrev Eva Ek:\n> Lagad.", id="Thunderbird"),
        pytest.param("16 nov. 2026 kl. 09:15 skrev Eva Ek <eva@example.org>:\n\nLagad.", id="Apple Mail"),
        pytest.param("> 16 nov. 2026 kl. 09:15 skrev Eva Ek <eva@example.org>:\n>\n> Lagad.", id="iPhone, all quoted"),
        pytest.param(
            "Från: Eva Ek <eva@example.org>\nSkickat: den 16 november 2026 09:15\nTill: Bo\nÄmne: Lampan\n\nLagad.",
            id="Outlook",
        ),
        pytest.param("________________________________\nFrån: Eva Ek\nSkickat: måndag\n\nLagad.", id="Outlook's rule"),
        pytest.param("-----Ursprungligt meddelande-----\nFrån: Eva\nLagad.", id="Outlook's old separator"),
        pytest.param("Vidarebefordrat brev:\n\nFrån: Eva Ek\n\nLagad.", id="forwarded by Apple Mail"),
        pytest.param("*Från:* Eva Ek [mailto:eva@example.org]\n*Skickat:* i dag\n*Ämne:* x\n\nLagad.", id="bold names"),
        pytest.param("Den mån 16 nov. 2026 kl 09:15 skrev Eva Ek <\neva@example.org>:\n> Lagad.", id="broken line"),
        pytest.param("On Mon, Nov 16, 2026 at 9:15 AM Eva Ek <eva@example.org> wrote:\n> Lagad.", id="English"),
        pytest.param("Skickat från min iPhone", id="telephone"),
        pytest.param("Hämta Outlook för Android<https://example.org/x?y>", id="telephone with address"),
        pytest.param("-- \nBo Berg\n070-000 00 00", id="signature"),
        pytest.param("Med vänlig hälsning\n\nBo Berg\nStorgatan 1\n070-000 00 00", id="closing phrase"),
        pytest.param("Mvh Bo", id="closing phrase and name on a line"),
        pytest.param("Vänliga hälsningar,\nBo\n\nDen 2026-11-16 kl. 09:15, skrev Eva:\n> Lagad.", id="both"),
    ],
)
def test_goes(quote: str) -> None:
    assert reply(f"{OWN}\n\n{quote}\n") == OWN


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Den 3 mars 2026 skrev jag till er:\nInget svar än.", id="their own earlier letter"),
        pytest.param("Den 3 mars 2026 kl. 10 skrev ni: lampan lagas.\nDet stämmer inte.", id="retold"),
        pytest.param("Från: Ekevik\nTill: Storby\nNär går bussen?", id="a journey"),
        pytest.param("Från: Ekevik\nTill: Storby\nDatum: 3 mars\nNär går bussen?", id="a journey with a day"),
        pytest.param("Jag vill:\n- ha lampor\n- ha bänkar\n\nTack på förhand", id="a list with dashes"),
        pytest.param("Ämne: buller\nDet låter varje natt.", id="a subject in the text"),
        pytest.param(
            "Hälsningar från Ekevik är alltid roliga att läsa för oss som flyttat.", id="greetings as a subject"
        ),
        pytest.param("Mvh Bo\n\nPS. Kan ni ringa mig på fredag?", id="a postscript"),
        pytest.param("Vänliga hälsningar\nBo\n\nHar ni förresten öppet i helgen?", id="a question after the name"),
        pytest.param("Skickat från min kontor, för jag är arbetslös.", id="no telephone"),
        pytest.param("> bara citat", id="nothing but a quote"),
        pytest.param("--\nBo Berg", id="nothing but a signature"),
    ],
)
def test_stays(text: str) -> None:
    assert reply(text) == text.strip()


def test_an_answer_below_the_quote_is_the_answer() -> None:
    assert reply("Den 2026-11-16 kl. 09:15, skrev Eva:\n> Vilken lampa?\n\nDen på Storgatan.") == "Den på Storgatan."


def test_answers_between_quotes_keep_the_questions() -> None:
    text = "Den 2026-11-16 kl. 09:15, skrev Eva:\n> Var?\nStorgatan.\n> När?\nI går.\n> Mvh Eva"
    assert reply(text) == "> Var?\nStorgatan.\n> När?\nI går."


def test_a_mail_program_that_marks_its_quote_is_believed() -> None:
    assert reply(f"Hej\n{QUOTE_STARTS}\nVad som helst") == "Hej"


def test_a_forwarded_mail_without_own_words_is_shown() -> None:
    text = "Från: Eva <eva@example.org>\nSkickat: i dag\nÄmne: x\n\nDet här skrev Eva."
    assert reply(text) == text
