"""Fields of a scenario found by dotted path: which hold one number, and what a value must be.

For parts that speak about other fields (``calibration``, ``vary``): the path is looked up in the
models, never in a scenario, so that a mistake is told before anything is set.
"""

from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from simulator.scenario.fields import Part


def field_at(model: type[Part], path: str) -> FieldInfo:
    """Return the field at a dotted path; KeyError where there is none or it is a group."""
    *groups, name = path.split(".")
    for step in groups:
        inner: Any = model.model_fields[step].annotation
        if not _is_part(inner):
            raise KeyError(path)
        model = inner
    field = model.model_fields[name]
    if _is_part(field.annotation):
        raise KeyError(path)
    return field


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Part)


def number_at(model: type[Part], path: str) -> tuple[bool, tuple[float, float]]:
    """Return whether the field at a dotted path is whole, and its least and greatest value.

    Raises KeyError where there is no such field or it holds anything but one number.
    """
    field = field_at(model, path)
    kinds = {kind for kind in (int, float, bool) if _holds(field.annotation, kind)}
    several = get_origin(field.annotation) in (tuple, dict)
    if not kinds or bool in kinds or several:
        raise KeyError(path)
    low, high = float("-inf"), float("inf")
    for limit in field.metadata:  # such as annotated_types.Ge
        low = float(getattr(limit, "ge", low))
        high = float(getattr(limit, "le", high))
    return int in kinds, (low, high)


def _holds(annotation: object, kind: type) -> bool:
    """Say whether a kind is the annotation itself or one of what it allows."""
    return annotation is kind or any(_holds(inner, kind) for inner in get_args(annotation))


def why_refused(field: FieldInfo, value: object) -> str | None:
    """Return why a field cannot hold a value by itself, None where it can."""
    kind: Any = Annotated[field.annotation, field]  # a type with its limits, known at run time only
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        return str(first["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return None
