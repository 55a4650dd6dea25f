"""The decorator of every compiled loop, and where compiled code is cached.

Numba keys its on-disk cache by the file that holds a function, not by the functions it calls in
other files: after an edit, a caller may run a stale callee. The cache folder is therefore named by
a hash of all sources of this package, so that no two versions of the code ever share one.

Compiled loops use neither fast-math nor transcendental functions, so that they give the same bits
on every machine.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = Path(__file__).resolve().parent


def _sources_digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Return the folder for compiled code of exactly this version of the sources."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "overmatch" / f"kernels-{_sources_digest()}"


numba.config.CACHE_DIR = str(cache_directory())


def compiled(function: F) -> F:
    """Compile a function with numba on first call and cache the result on disk."""
    kernel: F = numba.njit(cache=True, nogil=True)(function)
    return kernel
