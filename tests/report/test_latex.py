"""LaTeX: text that a scenario may hold stays text, and the check of tables can fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report.latex import Column, escaped, faults, tabular

COLUMNS = (Column("Scenario"), Column("Yield (%)", "r"))
SOUND = tabular(COLUMNS, [("A & B", "1.0"), ("C", "−2 (−3 to 4)")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a & b", r"a \& b"),
        ("5%", r"5\%"),
        ("$x_1$", r"\$x\_1\$"),
        ("#1", r"\#1"),
        ("{x}", r"\{x\}"),
        ("~y^z", r"\textasciitilde{}y\textasciicircum{}z"),
        ("\\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("[2pt] *", "{[}2pt{]} {*}"),
        ("two\n\nlines\x00", "two lines"),
        ("1 – 2 ± 3 … ×", r"1 -- 2 $\pm$ 3 \ldots{} $\times$"),
        ("Ñuñoa, Łódź", "Ñuñoa, Łódź"),
        ("人\N{RIGHT-TO-LEFT OVERRIDE}", "??"),
    ],
)
def test_text_is_set_as_it_reads(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=4), st.text())
def test_no_text_breaks_a_table(rows: list[tuple[str, str]], heading: str) -> None:
    text = tabular(COLUMNS, [(heading,), *rows], comments=(heading,))
    assert faults(text) == []
    assert text.count("\\\\\n") == len(rows) + 2


def test_a_table_has_the_rules_of_booktabs() -> None:
    lines = SOUND.splitlines()
    assert lines[0] == r"\begin{tabular}{@{}lr@{}}"
    assert [line for line in lines if line.endswith("rule")] == [
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
    ]
    assert r"C & $-$2 ($-$3 to 4) \\" in lines
    assert faults(SOUND) == []


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="row 0 has 3 cells in a table of 2 columns"):
        tabular(COLUMNS, [("a", "b", "c")])


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        (r"A \& B", "A & B", "3 cells in 2 columns"),
        (r"A \& B", r"A \& B}", "do not close"),
        (r"A \& B", "50%", "bare %"),
        (r"A \& B", r"\input{x}", "unknown command input"),
        (r"A \& B", "a_b", "bare _"),
        (r"A \& B", "$x", "do not close"),
        (r"A \& B", "[2pt]", "starts like an option"),
        (r"A \& B", r"\@x", "unknown escape @"),
        (r"1.0 \\", "1.0", "does not end"),
        (r"\midrule", "", "rules are not"),
        (r"\end{tabular}", "", "not one tabular"),
    ],
)
def test_the_check_fails_on_what_would_not_compile(was: str, now: str, why: str) -> None:
    assert was in SOUND
    assert any(why in fault for fault in faults(SOUND.replace(was, now, 1)))
