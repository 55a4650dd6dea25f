"""What can be said about the fields of a scenario, read off the models themselves.

``python -m simulator.scenario.documentation > docs/scenario-fields.md`` writes the reference page.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from simulator.scenario.fields import parts
from simulator.scenario.schema import Scenario

Schema = Mapping[str, Any]  # Any: JSON Schema is an open vocabulary


@dataclass(frozen=True)
class FieldDoc:
    """One field: its dotted path, meaning, unit, source with mark, default and what is allowed.

    ``default`` is a JSON value: number, text, true or false, None, list or mapping.
    """

    path: str
    description: str
    unit: str
    source: str
    default: object
    allowed: str


def field_documentation() -> list[FieldDoc]:
    """Return every field that holds a value, in the order of the models; groups are expanded."""
    schema = Scenario.model_json_schema()
    defaults = Scenario().model_dump(mode="json")
    return list(_fields(schema, schema["$defs"], defaults, ()))


@cache
def allowed_by_path() -> Mapping[str, str]:
    """Return what is allowed for each field and each group of fields, by its dotted path."""
    allowed = {field.path: field.allowed for field in field_documentation()}
    for path, part in parts(Scenario):
        allowed[".".join(path)] = ", ".join(part.model_fields)
    return MappingProxyType(allowed)


def _fields(
    schema: Schema, definitions: Schema, defaults: Mapping[str, object], path: tuple[str, ...]
) -> Iterator[FieldDoc]:
    for name, field in schema["properties"].items():
        here = (*path, name)
        target = _resolved(field, definitions)
        default = defaults[name]
        if "properties" in target and isinstance(default, dict):
            yield from _fields(target, definitions, default, here)
            continue
        yield FieldDoc(
            ".".join(here),
            field["description"],
            field["unit"],
            field["source"],
            default,
            allowed_values(field, definitions),
        )


def _resolved(field: Schema, definitions: Schema) -> Schema:
    if "$ref" not in field:
        return field
    target: Schema = definitions[field["$ref"].rpartition("/")[2]]
    return target


def _number(value: float) -> str:
    whole = int(value) if float(value).is_integer() else value
    return f"{whole:,}" if isinstance(whole, int) else str(whole)


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "any"
    if high is None:
        return f"{_number(low or 0)} or more"
    return f"{_number(low or 0)} to {_number(high)}"


def allowed_values(field: Schema, definitions: Schema) -> str:
    """Return in words what the JSON Schema ``field`` allows."""
    field = _resolved(field, definitions)
    if "anyOf" in field:
        return " or ".join(allowed_values(option, definitions) for option in field["anyOf"])
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if "properties" in field:
        return ", ".join(field["properties"])
    match field["type"]:
        case "boolean":
            return "true or false"
        case "integer":
            return f"whole number, {_range(field.get('minimum'), field.get('maximum'))}"
        case "number":
            return f"number, {_range(field.get('minimum'), field.get('maximum'))}"
        case "string":
            return f"text of {_range(field.get('minLength'), field.get('maxLength'))} characters"
        case "array":
            count = _range(field.get("minItems"), field.get("maxItems"))
            return f"list of {count}: {allowed_values(field['items'], definitions)}"
        case "object":
            inner = allowed_values(field["additionalProperties"], definitions)
            names = field.get("propertyNames", {})
            name = f"name ({allowed_values(names, definitions)})" if names else "name"
            return f"pairs of a {name} and a {inner}"
        case other:
            return str(other)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors that complete and check as one types.

    Rules that span fields cannot be said in it; ``overmatch check`` applies them too.
    """
    schema = Scenario.model_json_schema()
    extends = {
        "type": "string",
        "minLength": 1,
        "title": "Extends",
        "description": "Scenario file this one starts from, relative to this file.",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Overmatch scenario",
        "properties": {"extends": extends, **schema["properties"]},
    }


def as_markdown() -> str:
    """Return the reference page of all fields: one table a part."""
    lines = [
        "# Fields of a scenario",
        "",
        "Written by `python -m simulator.scenario.documentation`; edit the models, not this page.",
        "Marks of sources: [seen] read at the source; [recalled] from knowledge of it, to be",
        "checked; [computed] from the figures named; [assumption] no source was found.",
    ]
    part = None
    for field in field_documentation():
        group, _, name = field.path.rpartition(".")
        if group != part:
            part = group
            lines += ["", f"## {group or 'The scenario'}", "", _HEADER, "|---|---|---|---|---|"]
        default = json.dumps(field.default, ensure_ascii=False)
        cells = (f"`{name}`", field.description, f"`{default}`", field.allowed, field.source)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


_HEADER = "| Field | What it is | Default | Allowed | Source |"

if __name__ == "__main__":
    sys.stdout.write(as_markdown())
