"""At which sizes a scenario is run to see how its wrong-person links grow, and for which country.

People and list density vary independently of each other, so that what grows with the product of
list and population can be told from what grows with the list alone. Worlds of one replicate number
share ZIPs and people as far as their sizes allow: common random numbers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import ValidationError

from simulator.scenario.schema import Scenario

SIZES = (100_000, 200_000, 400_000, 800_000)
DENSITIES = (0.004, 0.01)
REPLICATES = 12
CHECK_REPLICATES = 4
NATION_PEOPLE = 330_000_000
"""Residents of the country [recalled]; 331.4 million in the census of 2020."""
NATION_REQUESTS = 1_280_000
"""Requests of the list of 27 June 2025, about 1.28 million [seen]."""
LEAST_REQUESTS = 20
LEAST_RATIO = 2.0
MOST_PEOPLE = 350_000_000
MOST_DENSITY = 0.2


class ScalingError(Exception):
    """The sizes asked for cannot be used; one sentence for the user."""


@dataclass(frozen=True)
class Cell:
    """Worlds of one size: people, and requests per person."""

    people: int
    density: float

    @property
    def requests(self) -> int:
        """Requests on the list, second requests for one person apart."""
        return round(self.people * self.density)


@dataclass(frozen=True)
class Plan:
    """Sizes that are run, and the country they are extrapolated to.

    ``check`` is a larger size that is run beside and not fitted, None for none.
    """

    sizes: tuple[int, ...] = SIZES
    densities: tuple[float, ...] = DENSITIES
    replicates: int = REPLICATES
    people: int = NATION_PEOPLE
    requests: int = NATION_REQUESTS
    check: int | None = None
    check_replicates: int = CHECK_REPLICATES

    def cells(self) -> tuple[Cell, ...]:
        """Return the cells that are fitted."""
        return tuple(Cell(people, density) for people in self.sizes for density in self.densities)

    def check_cell(self) -> Cell | None:
        """Return the larger cell, with the density of the country's list."""
        if self.check is None:
            return None
        return Cell(self.check, self.requests / self.people)

    def as_json(self) -> dict[str, Any]:
        """Return the plan as a manifest holds it."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def plan_from(stored: Mapping[str, Any]) -> Plan:
    """Return the plan that a manifest holds."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    return Plan(**values)


def sized(scenario: Scenario, cell: Cell) -> Scenario:
    """Return the scenario at the size of a cell; raise ScalingError where it breaks a rule."""
    resolved = scenario.model_dump()
    resolved["population"]["size"] = cell.people
    resolved["listing"]["requests"] = cell.requests
    resolved["matchers"] = ()
    resolved["chilling"] = {}
    try:
        return Scenario.model_validate(resolved)
    except ValidationError as error:
        why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ScalingError(f"at {cell.people:,} people: {why}") from error


def checked(plan: Plan, scenario: Scenario) -> Plan:
    """Return the plan, its sizes in order.

    Raises ScalingError where sizes are too few, too alike or too small, the country or the check
    is not larger than they are, or the scenario has a cap that does not grow with the list.
    """
    plan = replace(plan, sizes=tuple(sorted(set(plan.sizes))))
    _check_sizes(plan)
    _check_country(plan)
    _check_lists(plan)
    caps = {
        "guardrails.batch_cap": scenario.guardrails.batch_cap,
        "recipient.cases_per_officer": scenario.recipient.cases_per_officer,
    }
    for path, value in caps.items():
        if value is not None:
            raise ScalingError(
                f"{path} does not grow with the list: set it to null (--set {path}=null)"
            )
    for cell in plan.cells():
        sized(scenario, cell)
    return plan


def _check_sizes(plan: Plan) -> None:
    if len(plan.sizes) < 2 or plan.sizes[-1] < LEAST_RATIO * plan.sizes[0]:
        raise ScalingError("--sizes needs two sizes at least, the largest twice the smallest")
    if plan.sizes[0] < 1:
        raise ScalingError(f"--sizes must be at least 1, not {plan.sizes[0]}")
    if not plan.densities or not all(0.0 < density <= MOST_DENSITY for density in plan.densities):
        raise ScalingError(f"--densities must lie above 0 and not above {MOST_DENSITY}")


def _check_country(plan: Plan) -> None:
    largest = plan.sizes[-1]
    for name, people in (("--people", plan.people), ("--check", plan.check)):
        if people is not None and not largest < people <= MOST_PEOPLE:
            raise ScalingError(
                f"{name} must be larger than every size that is fitted ({largest:,}) and at most "
                f"{MOST_PEOPLE:,}, not {people:,}"
            )
    if not 0 < plan.requests <= MOST_DENSITY * plan.people:
        raise ScalingError(
            f"--requests must be at least 1 and at most {MOST_DENSITY} of --people, not "
            f"{plan.requests:,}"
        )


def _check_lists(plan: Plan) -> None:
    larger = plan.check_cell()
    for cell in (*plan.cells(), *([larger] if larger is not None else [])):
        if cell.requests < LEAST_REQUESTS:
            raise ScalingError(
                f"{cell.people:,} people at density {cell.density:g} make {cell.requests} "
                f"requests; at least {LEAST_REQUESTS} are needed"
            )
