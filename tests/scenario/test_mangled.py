"""However a scenario file is mangled, it ends in a Scenario or in problems with FILE:LINE."""

import random
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.scenario.documentation import field_documentation
from simulator.scenario.files import Problem, ScenarioError, load_scenario
from simulator.scenario.schema import Scenario

LIBRARY = Path(__file__).parents[2] / "scenarios"
SEEDS = [path.read_bytes() for path in sorted(LIBRARY.glob("*.yaml"))]
FIELDS = [field.path for field in field_documentation()]
AWKWARD = [
    b"&a ", b"*a", b"<<: ", b"!!python/name:os.system ", b"---\n", b"...\n", b"? ", b"%YAML 9.9\n",
    b"\t", b"\x00", b"\xff", b"\xed\xa0\x80", b'"\\U00110000"', b"{", b"[", b"]", b"}", b": ", b"#",
    b"|\n", b"> \n", b".nan", b"-.inf", b"1e999", b"9" * 5000, b"\xe2\x80\xa8", b"\r", b"extends: ",
    b"extends: s.yaml\n", b"- ", b"'", b'"', b"@", b"`", b"\xef\xbb\xbf", b"no", b"0o17", b"1:2:3",
]  # fmt: skip

quick = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def problems_of(path: Path, overrides: list[str]) -> tuple[Problem, ...]:
    """Return the problems of ``path``; anything but these or a Scenario fails the test."""
    try:
        scenario = load_scenario(path, overrides)
    except ScenarioError as error:
        caught = error
    else:
        assert isinstance(scenario, Scenario)
        return ()
    assert caught.problems
    assert str(caught).splitlines() == [str(problem) for problem in caught.problems]
    return caught.problems


def outcome(path: Path, overrides: list[str] | None = None) -> None:
    """Load ``path`` and hold every problem to its form: FILE:LINE within the file, or --set."""
    for problem in problems_of(path, overrides or []):
        assert problem.message
        assert str(problem).isprintable()
        if problem.line is None:
            assert str(problem).startswith("--set ")
            continue
        assert re.match(r".+:[1-9][0-9]*: ", str(problem))
        text = Path(problem.file).read_bytes().decode("utf-8", "replace")
        assert problem.line <= len(re.findall("[\r\n\x85\u2028\u2029]", text)) + 1


def mangle(content: bytes, chance: random.Random) -> bytes:
    """Return ``content`` after a few edits: bytes changed, cut, repeated or put in."""
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(content))
        to = min(len(content), at + chance.randint(0, 40))
        edit = chance.randrange(5)
        if edit == 0:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif edit == 1:
            content = content[:at] + chance.choice(AWKWARD) + content[at:]
        elif edit == 2:
            content = content[:at] + content[to:]
        elif edit == 3:
            content = content[:to] + content[at:]
        else:
            content = content[:at]
    return content


@quick
@given(content=st.sampled_from(SEEDS), seed=st.integers(0, 2**32))
def test_edited_files(tmp_path: Path, content: bytes, seed: int) -> None:
    path = tmp_path / "s.yaml"
    (tmp_path / "baseline.yaml").write_bytes(SEEDS[0])
    path.write_bytes(mangle(content, random.Random(seed)))  # noqa: S311
    outcome(path)


@quick
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(content)
    outcome(path)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["any", "exact", "mexico", "other", "yes", "0.9", "010", "protected"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["mexico", "ssn"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def nested(settings_: dict[str, object]) -> dict[str, object]:
    """Return dotted keys as nested groups; where two collide the later stands."""
    root: dict[str, object] = {}
    for dotted, value in settings_.items():
        *groups, name = dotted.split(".")
        inner = root
        for group in groups:
            deeper = inner.get(group)
            if not isinstance(deeper, dict):
                deeper = inner[group] = {}
            inner = deeper
        inner[name] = value
    return root


@quick
@given(
    fields=st.dictionaries(
        st.sampled_from([*FIELDS, "population", "roll.unauthorized_tin", "extends", "matchng"])
        | st.text(max_size=12),
        values,
        min_size=1,
        max_size=6,
    )
)
def test_any_keys_and_values(tmp_path: Path, fields: dict[str, object]) -> None:
    path = tmp_path / "s.yaml"
    text = yaml.safe_dump(nested(fields), allow_unicode=False)
    path.write_text(text, encoding="utf-8")
    outcome(path)


@quick
@given(
    override=st.tuples(
        st.sampled_from([*FIELDS, "population", "listing.nationality_mix.cuba", "extends", ""])
        | st.text(max_size=12),
        st.sampled_from(["=", "=", "=", "", "=="]),
        st.text(max_size=12)
        | st.sampled_from(["1", "[1", "{a: 1}", "&a 1", "*a", "---", "x: [", "~"]),
    ).map("".join)
)
def test_any_override(tmp_path: Path, override: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("seed: 1\n", encoding="utf-8")
    outcome(path, [override])


@pytest.mark.slow
def test_ten_thousand_mangled_files(tmp_path: Path) -> None:
    chance = random.Random(20_250_407)  # noqa: S311
    path = tmp_path / "s.yaml"
    (tmp_path / "baseline.yaml").write_bytes(SEEDS[0])
    for _ in range(10_000):
        path.write_bytes(mangle(chance.choice(SEEDS), chance))
        outcome(path)
