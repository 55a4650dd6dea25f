"""Show in the terminal how far the reference runs are, and which tables they changed."""

from collections.abc import Callable, Iterator, Sequence

import typer

from simulator.cli.display import one_line
from simulator.cli.replay_table import summary
from simulator.study.reference import Built
from simulator.study.replay import Verdict


def progress_lines(*, quiet: bool) -> Callable[[int, int, Built | None], None]:
    """Return a function of (done, total, made last) that prints one line for each entry made."""

    def show(done: int, total: int, last: Built | None) -> None:
        if not quiet and last is not None:
            at = f"{done:>{len(str(total))}}/{total}"
            typer.echo(f"{at}  {last.entry.name}  {last.seconds:.1f} s  {verdict(last)}")

    return show


def verdict(built: Built) -> str:
    """Return in a few words how an entry compares with the results that were there."""
    if built.unusable:
        return "takes the place of results that cannot be compared"
    if built.replay is None:
        return "new"
    if built.identical:
        return "identical"
    changed = [one.name for one in built.replay.tables if one.verdict != Verdict.IDENTICAL]
    return f"differs: {', '.join(changed) or 'manifest.json'}"


def print_reference(built: Sequence[Built], seconds: float, *, kept: bool) -> None:
    """Print what changed in every table of every entry, then a count of entries by verdict."""
    for one in built:
        for line in _lines(one):
            typer.echo(line)
    same = sum(one.identical for one in built)
    new = sum(one.replay is None and not one.unusable for one in built)
    typer.echo(
        f"{len(built)} made in {seconds / 60:.1f} minutes: {same} identical, "
        f"{len(built) - same - new} different, {new} new."
        + ("" if kept else " Nothing was replaced.")
    )


def _lines(built: Built) -> Iterator[str]:
    if built.unusable:
        yield f"{built.entry.name}: {one_line(built.unusable)}"
    if built.replay is None or built.identical:
        return
    yield built.entry.name
    for table in built.replay.tables:
        if table.verdict != Verdict.IDENTICAL:
            yield f"  {one_line(table.name)}: {table.verdict}; {summary(table)}".rstrip("; ")
    yield from (f"  manifest.json: {one_line(line)}" for line in built.replay.manifest)
    yield from (f"  {one_line(line)}" for line in built.replay.other_versions)
