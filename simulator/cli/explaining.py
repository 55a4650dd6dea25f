"""Explain a request of a finished run: checks before the work, the work, the figure.

The scenario is the manifest's own. Other versions of libraries or reference tables than the run's
may tell another story than the run did; that is said, and not refused.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import ValidationError

from simulator.cli.input import InputError, shown
from simulator.enforcement.listing import ListingError
from simulator.reference.tables import table_hashes
from simulator.report.results import Manifest, read_manifest
from simulator.report.stored import ReportError
from simulator.report.waterfall import WRITERS, write_waterfall
from simulator.report.wording import CHALLENGED
from simulator.scenario.schema import Scenario
from simulator.study.explain import Explanation, NoSuchRequestError, Progress, explain_request
from simulator.study.results import package_version, package_versions


@dataclass(frozen=True)
class Asked:
    """What the user asked for; ``account`` counts from 1."""

    directory: Path
    request: int
    replicate: int
    limit: int
    figure: Path | None
    account: int


def explained(asked: Asked, progress: Progress) -> Explanation:
    """Return the explanation; ``draw`` then draws it.

    Raises InputError, before any work, where the folder holds no results of this version, there is
    no such request or replicate, or the figure cannot be written.
    """
    manifest = _manifest(asked.directory)
    scenario = _scenario(asked.directory, manifest)
    _refuse_beyond("request", asked.request, _most_requests(scenario))
    _refuse_beyond("replicate", asked.replicate, manifest.replicates)
    if asked.figure is not None:
        _refuse_unwritable(asked.figure)
    if asked.account > asked.limit:
        raise InputError(f"--account {asked.account} lies beyond --limit {asked.limit}.")
    other = CHALLENGED.get(manifest.searched_roll)
    if other is not None:
        typer.echo(
            f"overmatch: note: an account stands here for an entry on the {other.roll}, released "
            "for flagged for removal, filed for last updated.",
            err=True,
        )
    for difference in differences(manifest):
        typer.echo(f"overmatch: note: {difference}; the run may have decided otherwise.", err=True)
    try:
        explanation = explain_request(
            scenario, asked.request, asked.replicate, limit=asked.limit, progress=progress
        )
    except ListingError as error:
        raise InputError(f"{shown(asked.directory)}: {error}") from error
    except NoSuchRequestError as error:
        _refuse_beyond("request", asked.request, error.count)
        raise
    return explanation


def _most_requests(scenario: Scenario) -> int:
    """Return how many requests a list can hold: with duplicates, twice the people on it."""
    part = scenario.listing
    return part.requests * (2 if part.duplicate_share > 0.0 else 1)


def _manifest(directory: Path) -> Manifest:
    try:
        return read_manifest(directory)
    except ReportError as error:
        raise InputError(str(error)) from error


def _scenario(directory: Path, manifest: Manifest) -> Scenario:
    try:
        return Scenario.model_validate(manifest.scenario)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputError(
            f"{shown(directory)} was written by Overmatch {manifest.overmatch}; this version does "
            f"not understand its scenario ({place}); run it again."
        ) from error


def _refuse_beyond(what: str, number: int, count: int) -> None:
    if not 0 <= number < count:
        raise InputError(f"--{what} {number}: there is none; allowed: 0 to {count - 1}.")


def _refuse_unwritable(path: Path) -> None:
    if path.suffix.lower() not in WRITERS:
        raise InputError(
            f"--figure {shown(path)}: its name must end in {', '.join(list(WRITERS)[:-1])} or "
            f"{list(WRITERS)[-1]}."
        )
    if path.is_dir():
        raise InputError(f"--figure {shown(path)}: it is a folder.")
    try:
        with tempfile.TemporaryFile(dir=path.absolute().parent):
            pass
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(f"--figure {shown(path)} cannot be written: {why}.") from error


def differences(manifest: Manifest) -> list[str]:
    """Say in which versions and reference tables the run differs from this installation."""
    now = {"overmatch": package_version(), **package_versions()}
    before = {"overmatch": manifest.overmatch, **manifest.versions}
    found = [
        f"the run used {name} {old}, this is {now[name]}" if name in now else f"{name} is unknown"
        for name, old in before.items()
        if now.get(name) != old
    ]
    if _other_tables(manifest.reference_tables, table_hashes()):
        found.append("the reference tables are not those of the run")
    return found


def _other_tables(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return dict(before) != dict(now)


def draw(path: Path, explanation: Explanation, account: int) -> None:
    """Draw one of the candidates, or the person's own account where there are none.

    Raises InputError where there is nothing to draw.
    """
    candidates = explanation.candidates
    if not candidates and explanation.mate is not None and account == 1:
        write_waterfall(path, explanation, explanation.mate)
        return
    if account > len(candidates):
        number = len(candidates)
        raise InputError(
            "there is no figure: no account was compared with this request."
            if number == 0
            else f"--account {account}: there is none; allowed: 1 to {number}."
        )
    write_waterfall(path, explanation, candidates[account - 1])
