"""Write a labeled set that every installation has: the code of the packages torrential needs.

    python benchmarks/installed_code.py FOLDER --megabytes 20

Pieces of 20 lines, labeled with their package; the test has pieces of other files. The packages
are those of torrential's dependencies without extras, and their own, so all installations with the
same versions have the same rows. Files come in an order that looks random, and enough of them are
taken.
"""

import argparse
from collections.abc import Sequence
from importlib.metadata import distribution, packages_distributions
from itertools import accumulate
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from torrential.cli.sources import SourceFile, find_sources, package_folders, write_sources


def needed(name: str) -> set[str]:
    """Return the distributions that one needs without extras, and those that they need."""
    found: set[str] = set()
    waiting = [canonicalize_name(name)]
    while waiting:
        for line in distribution(waiting.pop()).requires or []:
            requirement = Requirement(line)
            each = canonicalize_name(requirement.name)
            is_needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if is_needed and each not in found:
                found.add(each)
                waiting.append(each)
    return found


def beginning(files: Sequence[SourceFile], share: float) -> list[SourceFile]:
    """Return the first files that together have a share of the bytes of all."""
    sizes = [file.path.stat().st_size for file in files]
    return [
        file
        for file, before in zip(files, accumulate(sizes, initial=0))
        if before < share * sum(sizes)
    ]


def write_installed_code(folder: Path, megabytes: float) -> None:
    """Write ``train.parquet`` and ``test.parquet``, with columns ``text`` and ``package``.

    The first has this many 10**6 bytes of files, or all of them if there are fewer; the second has
    the same share of its files.
    """
    distributions = needed("torrential")
    packages = {
        package
        for package, names in packages_distributions().items()
        if distributions & {canonicalize_name(name) for name in names}
    }
    sources = find_sources(package_folders())
    parts = {
        name: [file for file in files if file.package in packages]
        for name, files in (("train", sources.train), ("test", sources.test))
    }
    share = megabytes * 10**6 / sum(file.path.stat().st_size for file in parts["train"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in parts.items():
        write_sources(beginning(files, share), folder / f"{name}.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=20, help="code to learn from")
    args = parser.parse_args()
    write_installed_code(args.folder, args.megabytes)


if __name__ == "__main__":
    main()
