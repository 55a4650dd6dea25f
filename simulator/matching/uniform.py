"""Tables for kernels with every array read-only, so that each kernel is compiled for one type."""

from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

Table = TypeVar("Table", bound=NamedTuple)


def _read_only(value: Any) -> Any:
    if isinstance(value, tuple):
        return type(value)(*(_read_only(item) for item in value))
    if isinstance(value, np.ndarray):
        view = np.ascontiguousarray(value).view()
        view.setflags(write=False)
        return view
    return value


def uniform(table: Table) -> Table:
    """Return a named tuple with read-only contiguous views of its arrays, at any depth."""
    return cast("Table", _read_only(table))
