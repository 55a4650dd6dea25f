"""Describe results for deposit in an archive: a folder or ZIP with RO-Crate metadata.

The metadata are written by the library rocrate (RO-Crate 1.3). Every file stands in them with its
size and SHA-256, every results folder as a data set with the action that made it: the software and
its versions, the scenario file and the manifest. Tables are held to the hashes in the manifests
before anything is written. The same input gives the same bytes: dates come from the citation or the
caller, never from the clock.

Not checked: whether the tables are what the manifest would make again; ``overmatch replay`` says.
"""

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import yaml

from simulator.report.write import replace_file
from simulator.study.manifests import ManifestError, Stored, read_stored
from simulator.study.results import LOG, MANIFEST
from simulator.study.run import replacing

Entity = Any  # what rocrate calls an entity; it ships no types
METADATA: Final = "ro-crate-metadata.json"
ZIP: Final = ".zip"
BESIDE: Final = ("CITATION.cff", "LICENSE", "NOTICE", "README.md", "CHANGELOG.md")
"""What is taken along from the folder of the citation, where it is there."""
_LICENCES: Final = "https://spdx.org/licenses/"
_TYPES: Final = {
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tex": "text/x-tex",
    ".yaml": "application/yaml",
}
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a ZIP, the earliest it can hold: times of files say nothing here."""


class DepositError(Exception):
    """Results cannot be described; the message is one sentence without its full stop."""


@dataclass(frozen=True)
class Material:
    """What is deposited.

    ``folders`` are results folders, ``citation`` the CITATION.cff with title, authors and licence,
    beside which licence texts lie. ``scenario_files`` maps the name of a results folder to the
    file its scenario came from; every scenario beside it goes along. ``loose`` are files that
    belong to no results folder, such as the figures of a paper, by their path among the results.
    """

    folders: tuple[Path, ...]
    citation: Path
    scenario_files: Mapping[str, Path]
    loose: Mapping[str, Path]


def results_folders(places: Sequence[Path]) -> tuple[Path, ...]:
    """Return every results folder among ``places``, or in a place that holds such folders.

    Raises DepositError where a place holds none, or two folders have one name.
    """
    found: list[Path] = []
    for place in places:
        if (place / MANIFEST).is_file():
            found.append(place)
            continue
        within = sorted(path.parent for path in place.glob(f"*/{MANIFEST}"))
        if not within:
            raise DepositError(f"{place} holds no results (no {MANIFEST})")
        found += within
    names = [path.resolve().name for path in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DepositError(f"two of the results folders are called {twice}")
    return tuple(found)


def loose_files(places: Sequence[Path], folders: Sequence[Path]) -> dict[str, Path]:
    """Return the files of ``places`` that are in none of the results ``folders``, by their path."""
    return {
        path.relative_to(place).as_posix(): path
        for place in places
        if place not in folders
        for path in _files(place)
        if not any(folder in path.parents for folder in folders)
    }


def write_deposit(material: Material, output: Path, *, published: date | None = None) -> int:
    """Write the deposit to ``output``, a ZIP file if it ends in .zip and else a folder.

    ``published`` is the date in the metadata, by default the citation's date of release. Returns
    how many files it holds. Raises DepositError where the library is missing, citation or results
    cannot be used, or a table is not the one its manifest describes; OSError where nothing can be
    written. What was there before stays until all is written.
    """
    if find_spec("rocrate") is None:
        raise DepositError("a deposit needs an optional library: pip install 'overmatch[deposit]'")
    cited = read_citation(material.citation)
    stored = {path.resolve().name: _checked(path) for path in material.folders}
    with tempfile.TemporaryDirectory(prefix="overmatch-deposit-") as work:
        crate = Path(work) / "crate"
        _crate(material, cited, stored, published).write(crate)
        files = sorted(path for path in crate.rglob("*") if path.is_file())
        if output.suffix == ZIP:
            packed = Path(work) / "packed.zip"
            _pack(files, crate, packed)
            output.parent.mkdir(parents=True, exist_ok=True)
            replace_file(output, packed.read_bytes())
        else:
            with replacing(output) as fresh:
                shutil.copytree(crate, fresh, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return len(files)


def read_citation(path: Path) -> Mapping[str, Any]:
    """Return the fields of a CITATION.cff; raise DepositError where one needed is missing."""
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DepositError(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DepositError(f"{path} is not a citation file") from error
    needed = ("title", "abstract", "authors", "license", "date-released")
    missing = [name for name in needed if not (isinstance(fields, dict) and fields.get(name))]
    if missing:
        raise DepositError(f"{path} does not say {', '.join(missing)}")
    if not all(isinstance(author, dict) and _author_name(author) for author in fields["authors"]):
        raise DepositError(f"{path}: every author needs a name")
    try:
        _released(fields)
    except ValueError as error:
        raise DepositError(f"{path}: date-released must read YYYY-MM-DD") from error
    found: Mapping[str, Any] = fields
    return found


def _released(cited: Mapping[str, Any]) -> date:
    """Return the date of release, which YAML reads as a date or, in quotes, as text."""
    return date.fromisoformat(str(cited["date-released"]))


def _checked(folder: Path) -> Stored:
    """Return what a folder says of itself; raise DepositError where it is not what it says."""
    try:
        stored = read_stored(folder)
    except ManifestError as error:
        raise DepositError(str(error)) from error
    for name, digest in stored.tables.items():
        path = folder / name
        if path.is_file() and _sha256(path) != digest:
            raise DepositError(f"{path} is not the table its manifest describes; run it again")
    return stored


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _author_name(author: Mapping[str, Any]) -> str:
    person = (author.get("given-names"), author.get("name-particle"), author.get("family-names"))
    return str(author.get("name") or " ".join(str(part) for part in person if part))


def _crate(
    material: Material,
    cited: Mapping[str, Any],
    stored: Mapping[str, Stored],
    published: date | None,
) -> Any:  # Any: a ROCrate, which ships no types
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate()
    licence = crate.add(_licence(crate, str(cited["license"]), ContextEntity))
    authors = [
        crate.add(_author(crate, number, author, ContextEntity))
        for number, author in enumerate(cited["authors"], 1)
    ]
    root = crate.root_dataset
    root["name"] = f"{cited['title']}: results"
    root["description"] = " ".join(str(cited["abstract"]).split())
    root["keywords"] = ", ".join(str(word) for word in cited.get("keywords", ()))
    root["datePublished"] = (published or _released(cited)).isoformat()
    root["license"] = licence
    root["author"] = authors
    if "version" in cited:
        root["version"] = str(cited["version"])
    for name in BESIDE:
        path = material.citation.parent / name
        if path.is_file():
            _add_file(crate, path, name)
    for at, path in material.loose.items():
        _add_file(crate, path, f"results/{at}")
    scenarios = _add_scenarios(crate, material)
    programs = _Programs(crate, cited, licence, authors, ContextEntity)
    for folder in material.folders:
        name = folder.resolve().name
        scenario = scenarios.get(material.scenario_files.get(name, Path()))
        _add_results(crate, folder, stored[name], programs, scenario)
    return crate


def _licence(crate: Any, identifier: str, kind: Any) -> Entity:
    plain = re.fullmatch(r"[A-Za-z0-9.+-]+", identifier) is not None
    at = f"{_LICENCES}{identifier}" if plain else "#licence"
    return kind(crate, at, {"@type": "CreativeWork", "name": identifier, "identifier": identifier})


def _author(crate: Any, number: int, author: Mapping[str, Any], kind: Any) -> Entity:
    of = "Organization" if "name" in author else "Person"
    fields = {"@type": of, "name": _author_name(author)}
    if "affiliation" in author:
        fields["affiliation"] = str(author["affiliation"])
    return kind(crate, str(author.get("orcid") or f"#author-{number}"), fields)


class _Programs:
    """The software that made results: one entity for each set of versions met."""

    def __init__(
        self,
        crate: Any,
        cited: Mapping[str, Any],
        licence: Entity,
        authors: Sequence[Entity],
        kind: Any,
    ) -> None:
        self._crate, self._cited, self._kind = crate, cited, kind
        self._licence, self._authors = licence, list(authors)
        self._met: dict[tuple[str, ...], Entity] = {}

    def of(self, stored: Stored) -> Entity:
        """Return the entity of the versions that made these results."""
        version = str(stored.manifest["overmatch"])
        libraries = [f"{name} {number}" for name, number in stored.manifest["versions"].items()]
        key = (version, *libraries)
        if key not in self._met:
            again = f"-{len(self._met) + 1}" if self._met else ""
            fields = {
                "@type": "SoftwareApplication",
                "name": str(self._cited["title"]),
                "softwareVersion": version,
                "softwareRequirements": libraries,
                "license": self._licence,
                "author": self._authors,
            }
            if "repository-code" in self._cited:
                fields["url"] = str(self._cited["repository-code"])
            self._met[key] = self._crate.add(self._kind(self._crate, f"#software{again}", fields))
        return self._met[key]


def _add_scenarios(crate: Any, material: Material) -> dict[Path, Entity]:
    """Add every scenario file of the folders named, and return their entities by path."""
    files = {path.parent: None for path in material.scenario_files.values()}
    paths = sorted(path for folder in files for path in folder.glob("*.yaml"))
    parts = {path: _add_file(crate, path, f"scenarios/{path.name}") for path in paths}
    if parts:
        about = {"name": "Scenarios", "description": "The files from which results were made."}
        whole = crate.add_dataset(dest_path="scenarios/", properties=about)
        whole["hasPart"] = list(parts.values())
    return parts


def _add_results(
    crate: Any, folder: Path, stored: Stored, programs: _Programs, scenario: Entity | None
) -> None:
    name = folder.resolve().name
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    parts = {at: _add_file(crate, path, f"results/{name}/{at}") for at, path in files.items()}
    about = {
        "name": stored.scenario.title,
        "description": stored.scenario.question or f"Results of kind {stored.kind}.",
        "additionalType": f"{stored.kind} results",
        "identifier": str(stored.manifest["scenario_sha256"]),
    }
    whole = crate.add_dataset(dest_path=f"results/{name}/", properties=about)
    whole["hasPart"] = list(parts.values())
    used = [parts[MANIFEST], *([] if scenario is None else [scenario])]
    crate.add_action(
        programs.of(stored),
        identifier=f"#made-{name}",
        object=used,
        result=[part for at, part in parts.items() if at != MANIFEST],
        properties={"name": f"{stored.kind}: {name}, seed {stored.scenario.seed}"},
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not hidden and path.name != LOG:
            yield path


def _add_file(crate: Any, path: Path, at: str) -> Entity:
    fields = {
        "name": path.name,
        "encodingFormat": _TYPES.get(path.suffix, "text/plain"),
        "contentSize": str(path.stat().st_size),
        "sha256": _sha256(path),
    }
    return crate.add_file(str(path), at, properties=fields)


def _pack(files: Sequence[Path], crate: Path, packed: Path) -> None:
    """Write files into a ZIP in order of their names, with nothing of this machine or moment."""
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(crate).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
