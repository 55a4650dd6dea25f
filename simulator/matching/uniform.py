"""Tables for kernels with every array read-only, so that each kernel is compiled for one type."""

from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

Table = TypeVar("Table", bound=NamedTuple)


def _read_only(value: Any) -> Any:
    if isinstance(value, tuple):
        return type(value)(*(_read_only(item) for item in value))
    if isinstance(value, np.ndarray):
        rows = value.base
        field = isinstance(rows, np.ndarray) and rows.dtype.names is not None
        view = (value if field else np.ascontiguousarray(value)).view()
        view.setflags(write=False)
        return view
    return value


def uniform(table: Table) -> Table:
    """Return a named tuple with read-only views of its arrays, at any depth.

    Arrays are contiguous but for fields of a structured array, which stay where they are.
    """
    return cast("Table", _read_only(table))
