"""The decorator of every compiled loop, and where compiled code is cached.

Numba keys its on-disk cache by the file that holds a function, not by the functions it calls in
other files: after an edit, a caller may run a stale callee. The cache folder is therefore named by
a hash of all sources of this package, so that no two versions of the code ever share one.

Compiled loops use neither fast-math nor transcendental functions, so that they give the same bits
on every machine.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = Path(__file__).resolve().parent
_VERSIONS_KEPT = 5


@cache
def sources_digest() -> str:
    """Return a hash of all sources of this package and of the compiler."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _home() -> Path:
    """Return the user's home, or the folder for temporary files of a user without one."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir())


def _usable(base: Path) -> bool:
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(base, os.W_OK)


def _forget_old_versions(base: Path) -> None:
    """Remove the code of all but the versions of the sources last used."""
    versions = sorted(base.glob("kernels-*"), key=lambda path: path.stat().st_mtime)
    for version in versions[:-_VERSIONS_KEPT]:
        shutil.rmtree(version, ignore_errors=True)


def cache_base() -> Path:
    """Return the folder for all that can be computed again.

    It lies in the user's cache or, where that cannot be written, among temporary files.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache") / "overmatch"
    if not _usable(base):
        user = os.getuid() if hasattr(os, "getuid") else "user"
        base = Path(tempfile.gettempdir()) / f"overmatch-{user}"
        base.mkdir(mode=0o700, exist_ok=True)
    return base


def cache_directory() -> Path:
    """Return the folder for compiled code of exactly this version of the sources."""
    base = cache_base()
    directory = base / f"kernels-{sources_digest()}"
    if not directory.exists():
        directory.mkdir(exist_ok=True)
        _forget_old_versions(base)
    os.utime(directory)  # the last use decides which versions are forgotten
    return directory


numba.config.CACHE_DIR = str(cache_directory())  # type: ignore[attr-defined]  # set at import


def compiled(function: F) -> F:
    """Compile a function with numba on first call and cache the result on disk."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def inlined(function: F) -> F:
    """Compile a function that other compiled ones call in their loops and that makes no array.

    Numba counts references to every array that it hands to a callee or takes out of a tuple, by
    atomic instructions that cost more than the work itself where a loop makes several calls for
    each person. Such a function counts none and is merged into its callers; numba refuses to
    compile one that makes an array. Results are the same bits.
    """
    options: dict[str, Any] = {"forceinline": True, "_nrt": False}  # unknown to numba's types
    return cast("F", numba.njit(cache=True, nogil=True, **options)(function))


def _multiply_high(typing_context: Any, left: Any, right: Any) -> Any:
    signature = types.uint64(types.uint64, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return signature, generate


def _population_count(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


# Typed as plain functions: numba passes the typing context itself.
multiply_high = cast("Callable[[Any, Any], Any]", intrinsic(_multiply_high))
"""High 64 bits of a 64 x 64 bit product; one machine instruction, in compiled code only."""
population_count = cast("Callable[[Any], Any]", intrinsic(_population_count))
"""Number of bits set in a 64-bit word; one machine instruction, in compiled code only."""
