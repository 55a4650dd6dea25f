"""Plain YAML values, their lines, and everything that is refused."""

import pytest

from simulator.scenario.lines import MAX_DEPTH, MAX_VALUES, read_yaml
from simulator.scenario.problems import ScenarioError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000_000", 1_000_000),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e6", 1e6),
        ("1.5E-3", 0.0015),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        # What YAML 1.1 would turn into something else stays text.
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("010", "010"),
        ("0o10", "0o10"),
        ("0x10", "0x10"),
        ("1:30", "1:30"),
        ("2025-04-07", "2025-04-07"),
        ("1__0", "1__0"),
        ("=", "="),
        ("'1'", "1"),
        ('"true"', "true"),
        ("[1, [a, 2.0]]", [1, ["a", 2.0]]),
        ("9" * 401, "9" * 401),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    read = read_yaml(f"key: {text}", "f").value
    assert read == {"key": value}
    assert isinstance(read, dict)
    assert type(read["key"]) is type(value)


def test_boolean_words_are_ordinary_keys() -> None:
    assert read_yaml("no: 1\non: 2\n3: x\ntrue: y", "f").value == {
        "no": 1,
        "on": 2,
        "3": "x",
        "true": "y",
    }


def test_every_path_has_the_line_of_its_key_or_entry() -> None:
    lines = read_yaml("a:\n  b:\n    - 1\n    - c: 2\n\nd: 3\n", "f").lines
    assert lines["a",] == 1
    assert lines["a", "b"] == 2
    assert lines["a", "b", 0] == 3
    assert lines["a", "b", 1, "c"] == 4
    assert lines["d",] == 6


def test_the_first_of_equal_keys_counts_and_the_others_are_reported() -> None:
    document = read_yaml("a: 1\nb: {c: 1, c: {x: [2]}}\na: 3\n", "f")
    assert document.value == {"a": 1, "b": {"c": 1}}
    assert [str(problem) for problem in document.problems] == [
        "f:2: b.c: is given twice; first on line 2",
        "f:3: a: is given twice; first on line 1",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1", "f:1: a: anchors and aliases (& and *) are not allowed; write the value out"),
        (
            "a: 1\nb: *x",
            "f:2: b: anchors and aliases (& and *) are not allowed; write the value out",
        ),
        (
            "a:\n  b: &x [1]",
            "f:2: a.b: anchors and aliases (& and *) are not allowed; write the value out",
        ),
        ("a: !!float 1", "f:1: a: tags are not allowed; got 'tag:yaml.org,2002:float'"),
        ("a: ! x", "f:1: a: tags are not allowed; got '!'"),
        (
            "a: !!python/object/apply:os.getcwd []",
            "f:1: a: tags are not allowed; got 'tag:yaml.org,2002:python/object/apply:os.getcwd'",
        ),
        ("a: 1\n---\nb: 2", "f:2: begins a second document; one file is one scenario"),
        ("? [a]\n: 1", "f:1: a key must be a word; got a list, a group or an alias"),
        ("*a : 1", "f:1: a key must be a word; got a list, a group or an alias"),
        ("!!str a: 1", "f:1: a key can carry neither a tag nor an anchor"),
        (
            "a: 1\n\tb: 2",
            (
                "f:2: is not valid YAML: while scanning for the next token, "
                "found character '\\t' that cannot start any token"
            ),
        ),
        (
            "a: [1, 2\nb: 3",
            (
                "f:2: is not valid YAML: while parsing a flow sequence, "
                "expected ',' or ']', but got ':'"
            ),
        ),
        (
            "a: 'x",
            (
                "f:1: is not valid YAML: while scanning a quoted scalar, "
                "found unexpected end of stream"
            ),
        ),
        ("a: 1\nb: \x07", "f:2: holds the control character U+0007; is it text?"),
        ('a: 1\nb: "\\UFFFFFFFF"', "f:2: is not valid YAML: "),
        ('a: "\\U00110000"', "f:1: is not valid YAML: "),
        ("%YAML " + "9" * 5000 + ".0\n---\na: 1", "f:1: is not valid YAML: "),
    ],
)
def test_refusals_name_the_line(text: str, problem: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        read_yaml(text, "f")
    assert str(raised.value).startswith(problem)
    assert len(raised.value.problems) == 1


def test_alias_expansion_cannot_begin() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("ab", "bc", strict=True)
    )
    with pytest.raises(ScenarioError, match=r"^f:1: a: anchors and aliases"):
        read_yaml(bomb, "f")


def test_depth_is_bounded_even_for_a_megabyte_of_brackets() -> None:
    with pytest.raises(ScenarioError, match=f"^f:1: is nested more than {MAX_DEPTH} levels deep$"):
        read_yaml("a: " + "[" * 900_000, "f")
    with pytest.raises(ScenarioError, match="nested more than"):
        read_yaml("a: " + "{a: " * 200_000, "f")


def test_the_number_of_values_is_bounded() -> None:
    with pytest.raises(ScenarioError, match=f"holds more than {MAX_VALUES:,} values"):
        read_yaml("a: [" + "1, " * (MAX_VALUES + 1) + "]", "f")
