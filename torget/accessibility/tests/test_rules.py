"""How hard a text is to read, which word the statement uses, how results are read."""

import pytest

from torget.accessibility import rules
from torget.accessibility.rules import Check, Results, Verdict

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "words", "sentences", "long_words"),
    [
        pytest.param("", 0, 0, 0, id="no words, no sentence"),
        pytest.param("Vi svarar. Du läser.", 4, 2, 0, id="a full stop ends a sentence"),
        pytest.param("Vi svarar: ring oss", 4, 2, 0, id="a colon ends one too"),
        pytest.param("Stänger ni?", 2, 1, 1, id="a question mark ends one, and seven letters are long"),
        pytest.param("Kvart över 14.07 i dag", 5, 1, 0, id="the stop in a time ends none"),
        pytest.param("utan slut", 2, 1, 0, id="what ends without a mark is a sentence"),
        pytest.param("Sexbok", 1, 1, 0, id="six letters are short"),
        pytest.param("KS 2026/0412-98", 2, 1, 0, id="figures have no letters"),
    ],
)
def test_readability(text: str, words: int, sentences: int, long_words: int) -> None:
    found = rules.readability([text])
    assert (found.words, found.sentences, found.long_words) == (words, sentences, long_words)


def test_lix_is_words_per_sentence_and_long_words_in_per_cent() -> None:
    # Eight words in two sentences, two of them long: 4 + 25.
    assert rules.lix("Kommunen svarar dig snart. Du får ett meddelande.") == pytest.approx(8 / 2 + 100 * 2 / 8)
    assert rules.lix("") == 0


@pytest.mark.parametrize(
    ("html", "found"),
    [
        pytest.param("<main><p>Vi läser allt här.</p></main>", ["Vi läser allt här."], id="running text"),
        pytest.param("<p>Utanför sidans egen text.</p><main></main>", [], id="only what is in main"),
        pytest.param("<main><a>Skriv till oss</a></main>", [], id="a label has no sentence"),
        pytest.param('<main><p class="written">Det här skrev en annan.</p></main>', [], id="not what people wrote"),
        pytest.param('<main><p lang="en">These are other words.</p></main>', [], id="no other language"),
        pytest.param(
            "<main><p>En rad till<br>och en rad här</p></main>", ["och en rad här"], id="a break ends a block"
        ),
        pytest.param(
            "<main><p>Ett ord <b>till och ett</b> här.</p></main>", ["Ett ord till och ett här."], id="inline"
        ),
        pytest.param("<main><script>var en två tre fyra</script></main>", [], id="no script"),
        pytest.param("<main><p>Aldrig stängd men läst ändå", ["Aldrig stängd men läst ändå"], id="unclosed"),
    ],
)
def test_blocks(html: str, found: list[str]) -> None:
    assert rules.blocks(html) == found


@pytest.mark.parametrize(
    ("looked", "faulty", "known", "own", "word"),
    [
        pytest.param(90, 0, 0, "", Verdict.WHOLLY, id="nothing found and nothing known"),
        pytest.param(90, 1, 0, "", Verdict.PARTLY, id="one page with a fault"),
        pytest.param(90, 0, 1, "", Verdict.PARTLY, id="one known fault"),
        pytest.param(90, 46, 0, "", Verdict.NOT, id="more than half"),
        pytest.param(0, 0, 0, "", Verdict.NOT, id="nobody has looked"),
        pytest.param(90, 0, 0, "not", Verdict.NOT, id="the organisation says worse"),
        pytest.param(90, 46, 0, "partly", Verdict.NOT, id="the organisation cannot say better"),
        pytest.param(90, 0, 0, "wholly-made-up", Verdict.WHOLLY, id="a word we do not know says nothing"),
    ],
)
def test_verdict(looked: int, faulty: int, known: int, own: str, word: Verdict) -> None:
    assert rules.verdict(looked=looked, faulty=faulty, faults_known=known, own=own) == word


def test_results_are_read() -> None:
    data = {
        "measured": "2026-11-28",
        "versions": {"axe": "4"},
        "pages": ["skriv", "square"],
        "states": ["skriv-fel"],
        "checks": {"axe": {"looked": 3, "faulty": ["skriv"]}, "focus": {"looked": 2, "faulty": ["skriv", "square"]}},
        "lix": {"skriv": 18.4, "square": 34.1},
    }
    found = rules.read_results(data)
    assert found.looked == 3
    assert found.faulty == {"skriv", "square"}
    assert found.hardest == 34.1
    assert found.checks["axe"] == Check(3, ("skriv",))
    assert isinstance(found, Results)


@pytest.mark.parametrize("data", [{}, {"measured": "i dag"}, {"measured": "2026-11-28", "checks": []}])
def test_results_of_another_shape_are_no_results(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        rules.read_results(data)
