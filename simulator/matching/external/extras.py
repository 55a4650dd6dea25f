"""Whether an optional library is here, said before any work begins."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from types import MappingProxyType

from simulator.scenario.schema import Matcher

EXTRAS: Mapping[Matcher, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        Matcher.SPLINK: ("splink", ("splink", "duckdb")),
        Matcher.SPLINK_EM: ("splink", ("splink", "duckdb")),
        Matcher.SCREENING: ("screening", ("nomenklatura", "followthemoney", "icu")),
    }
)
"""The extra that a matcher needs, and the modules it brings."""


class ExtraMissingError(Exception):
    """A matcher needs a library that is not installed; the message is one sentence."""


class InexpressibleError(Exception):
    """A scenario asks for what another matcher cannot do; the message is one sentence."""


def require_extras(matchers: Iterable[Matcher]) -> None:
    """Raise ExtraMissingError for the first matcher whose extra is not installed."""
    for matcher in matchers:
        extra, modules = EXTRAS.get(matcher, ("", ()))
        if any(find_spec(module) is None for module in modules):
            raise ExtraMissingError(
                f"matcher {matcher} needs an optional library; install it with "
                f"pip install 'overmatch[{extra}]'."
            )
