"""How a field of a scenario is declared, and how a rule that spans fields is.

Every field carries its description, unit, range and source as data, so that the command line, the
JSON Schema and the report can show them. A source ends in its mark: ``[seen]`` (the source's own
text or data was read), ``[recalled]`` (from knowledge of the named publication, an assumption until
checked), ``[computed]`` (derived from the figures named) or ``[assumption]`` (no source was found;
vary it before relying on a result). A design choice needs no mark.

Numbers and switches are strict: text is never read as a number, nor true as 1.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

Integer = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]


def _legible(text: str) -> str:
    """Refuse characters that no page, figure or terminal can show; lines and tabs are fine."""
    for character in text:
        code = ord(character)
        control = unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t"
        if control or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            message = f"it holds the character U+{code:04X}, which cannot be shown"
            raise PydanticCustomError("legible", "{message}", {"message": message})
    return text


Text = Annotated[str, Field(strict=True), AfterValidator(_legible)]
Share = Annotated[float, Field(strict=True, ge=0.0, le=1.0)]
Weight = Annotated[float, Field(strict=True, ge=0.0, le=1e12)]

RULES_LATER: Final = {"rules": "later"}
"""Validation context under which the rules that span fields are left to the caller."""


@dataclass(frozen=True)
class Fault:
    """One broken rule: what is wrong and, if the rule knows better than its reads, where."""

    message: str
    path: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Rule:
    """A condition that spans fields: the dotted fields it reads, and the faults it finds."""

    reads: tuple[str, ...]
    faults: Callable[[Any], Iterator[Fault]]  # Any: the part that declares the rule


def rule(*reads: str) -> Callable[[Callable[[Any], Iterator[Fault]]], Rule]:
    """Declare a method of a part as a rule over the fields ``reads`` (dotted, from that part).

    A broken rule is reported at the one of ``reads`` that was set last; among those set in the same
    file, at the first. It is not applied while one of them is invalid by itself. A rule that reads
    none is always applied, and each of its faults names its path.
    """
    return lambda faults: Rule(reads, faults)


class Part(BaseModel):
    """A frozen part of a scenario that refuses unknown keys and silent conversions."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_default=True,
        ignored_types=(Rule,),
    )

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Return the rules declared by this part and before them those of the part it extends."""
        declared = (value for part in reversed(cls.__mro__) for value in vars(part).values())
        return tuple(value for value in declared if isinstance(value, Rule))

    @model_validator(mode="after")
    def _rules_hold(self, info: ValidationInfo) -> Self:
        if info.context is RULES_LATER:
            return self
        faults = [fault.message for rule in self.rules() for fault in rule.faults(self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def parameter(
    default: Any,  # Any, here and below: the annotation of the field rules, as in pydantic's Field
    description: str,
    *,
    unit: str,
    source: str,
    **limits: Any,
) -> Any:
    """Declare a field with its description, unit and source; ``limits`` go to pydantic's Field."""
    about = {"unit": unit, "source": source}
    if isinstance(default, dict):
        return Field(
            default_factory=lambda: dict(default),
            description=description,
            json_schema_extra={**about, "default": default},
            **limits,
        )
    return Field(default, description=description, json_schema_extra={**about}, **limits)


def share(default: float, description: str, *, source: str, unit: str = "share, 0 to 1") -> Any:
    """Declare a field that is a probability or share."""
    return parameter(default, description, unit=unit, source=source, ge=0.0, le=1.0)


def group(part: type[Part], description: str, *, unit: str, source: str) -> Any:
    """Declare a field that is itself a part."""
    return Field(
        default_factory=part,
        description=description,
        json_schema_extra={"unit": unit, "source": source},
    )


def sums_to_one(shares: tuple[float, ...], what: str) -> Iterator[Fault]:
    """Find fault with ``shares`` unless they sum to 1 within a millionth."""
    total = sum(shares)
    if abs(total - 1.0) > 1e-6:
        yield Fault(f"{what} must sum to 1; they sum to {total:.6g}")


def parts(
    model: type[Part], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], type[Part]]]:
    """Yield ``model`` and every part within it, each behind its path, in order of declaration."""
    yield path, model
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Part):
            yield from parts(inner, (*path, name))
