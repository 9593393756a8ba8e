"""Cells that no spreadsheet takes for a formula: one rule for all that is given as CSV."""

import pytest

from torget.core.sheet import cell
from torget.core.testing import data_json


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("Bron över ån", True, id="words"), pytest.param("", True, id="nothing"),
        pytest.param("126 ÷ 105 = 1,2", True, id="a reckoning"), pytest.param("+46 70", False, id="plus"),
        pytest.param("-5 grader", False, id="minus"), pytest.param("@SUM(A1)", False, id="an older kind of formula"),
        pytest.param("\t=1", False, id="a tab before it"), pytest.param(" @SUM(A1)", False, id="one behind a blank"),
        pytest.param("=1+1", False, id="a formula"),
        pytest.param("\ufeff=1+1", False, id="behind a byte order mark"), pytest.param("\u00a0@A1", False, id="behind a blank"),
        pytest.param("\uff1d1", False, id="full width"), pytest.param("\u22121", True, id="a true minus sign"),
        pytest.param("\u200b \ufeff-1", False, id="behind several"),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(text: str, kept: bool) -> None:
    assert (cell(text) == text) is kept
    assert cell(text).lstrip("'") in (text, text.lstrip("'"))


def test_no_recorded_cell_is_a_formula() -> None:
    for one in data_json("hostile/csv-formulas/cells.json") or []:
        made = cell(one["cell"])
        assert not made.lstrip(" \t\r\n\u00a0\ufeff").startswith(("=", "+", "@", "\uff1d", "\uff0b", "\uff20")), one[
            "why"
        ]
