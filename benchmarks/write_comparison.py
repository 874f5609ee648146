"""Write the page of the documentation and the README's figures from what compare.py measured.

    python benchmarks/write_comparison.py [--check]

Reads benchmarks/compared.json, and writes docs/guide/comparison.rst whole and README.md between its
markers. ``--check`` writes nothing, and fails if a file has other figures than the JSON file.
This module uses the standard library only.
"""

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import Run
from comparison_tables import Row, markdown_table, rst_table
from comparison_texts import INTRODUCTIONS, PAGE, RACES, SETS, TO_ACCURACY

ROOT = Path(__file__).resolve().parents[1]


def times(ratio: float) -> str:
    """Return a ratio as text."""
    return f"{ratio:.0f}" if ratio >= 9.95 else f"{ratio:.1f}" if ratio >= 0.95 else f"{ratio:.2f}"


def percent(share: float) -> str:
    """Return a share as text."""
    return f"{100 * share:.1f} %"


MEASURES: dict[str, tuple[str, Callable[[float], str], bool]] = {
    "accuracy": ("accuracy", percent, True),
    "macro_f1": ("macro-F1", percent, True),
    "seconds": ("seconds", "{:.3g}".format, False),
    "cpu_seconds": ("processor seconds", "{:.3g}".format, False),
    "peak_mib": ("peak memory", "{:.0f} MiB".format, False),
}
"""Name of each measure, how it is shown, and whether more of it is better."""


def shown(record: Any, measure: str) -> str:
    """Return the median of a measure as text."""
    return MEASURES[measure][1](record[measure]["median"])


def listed(items: Sequence[str]) -> str:
    """Join items by commas and a last "and"."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


@dataclass(frozen=True)
class Race:
    """Contenders that were run in turn on the same text."""

    content: Any

    @property
    def ran(self) -> list[Any]:
        """The contenders that ended."""
        return [each for each in self.content["contenders"] if "stopped" not in each]

    @property
    def reference(self) -> Any:
        """The contender of ours that ratios are relative to."""
        return self.named(self.content["reference"])

    @property
    def peers(self) -> list[Any]:
        """The contenders that are not ours."""
        return [each for each in self.ran if not each["name"].startswith("torrential")]

    def named(self, beginning: str) -> Any:
        """Return the first contender whose name begins so."""
        return next(each for each in self.ran if each["name"].startswith(beginning))

    def rows(self) -> Iterator[Row]:
        """Yield the header of the table, and the row of each contender."""
        scores = [score for score in ("accuracy", "macro_f1") if score in self.reference]
        names = [MEASURES[score][0] for score in scores]
        yield ["", *names, "seconds", "from - to", "times ours", "MB/s", "cpu s", "peak MiB"]
        for each in self.content["contenders"]:
            if "stopped" in each:
                blanks = ["-"] * (len(scores) + 5)
                yield [each["name"], *blanks, each["stopped"]]
                continue
            seconds = each["seconds"]
            yield [
                each["name"],
                *(shown(each, score) for score in scores),
                shown(each, "seconds"),
                f"{seconds['min']:.3g} - {seconds['max']:.3g}",
                times(each["ratio"]),
                f"{each['mb_per_s']:.3g}",
                shown(each, "cpu_seconds"),
                f"{each['peak_mib']['median']:.0f}",
            ]

    def range_of(self, peer: Any) -> str:
        """Return the smallest and the largest ratio of a peer's seconds to ours in a round."""
        ours, theirs = (
            [Run(**one).seconds for one in each["runs"]] for each in (self.reference, peer)
        )
        ratios = [one / other for one, other in zip(theirs, ours)]
        return f"{times(min(ratios))} to {times(max(ratios))}"

    def against(self, peer: Any) -> Any:
        """Return what to compare a peer with: a command line with the one of ours."""
        is_command = peer["name"].endswith(" predict")
        return self.named("torrential predict") if is_command else self.reference

    def better_peers(self) -> Iterator[str]:
        """Yield in which measure which peers are better than ours, with both figures."""
        for measure, (name, _, is_more) in MEASURES.items():
            better: dict[str, list[str]] = {}
            for peer in self.peers if measure in self.reference else []:
                ours = self.against(peer)
                theirs, own = shown(peer, measure), shown(ours, measure)
                is_higher = peer[measure]["median"] > ours[measure]["median"]
                if theirs != own and is_higher is is_more:
                    better.setdefault(f"{own} by {ours['name']}", []).append(
                        f"{theirs} by {peer['name']}"
                    )
            for own, others in better.items():
                yield f"{name}, {own}: {'; '.join(others)}"


def title_of(one_set: Any) -> str:
    """Return the name of a set; that of a folder stays as it is."""
    name = one_set["name"]
    return name.capitalize() if name in SETS else name


def megabytes(n_bytes: int) -> str:
    """Return a size in MB as text."""
    return f"{n_bytes / 1e6:.{0 if n_bytes >= 10**7 else 1}f}"


def size(one_set: Any) -> str:
    """Describe the size of a set, and what it is."""
    train, test = one_set["train"], one_set["test"]
    described = f": {SETS[one_set['name']]}" if one_set["name"] in SETS else ""
    return (
        f"{megabytes(train['text_bytes'])} MB of text in {train['n_rows']:,} rows to learn, "
        f"{test['n_rows']:,} rows to test, {one_set['n_classes']} classes{described}."
    )


def machine(content: Any) -> str:
    """Describe the machine."""
    found = content["machine"]
    return f"{found['cpus']} cores of {found['processor'] or 'an unnamed processor'}"


def versions(content: Any) -> str:
    """Return the versions of all contenders."""
    ours, peers = content["machine"], content["peers"]
    named = {"torrential": ours["torrential"], **peers}
    names = ["torrential", "fasttext", "vowpalwabbit", "scikit-learn", "dask-ml", "numpy"]
    return listed([f"{name} {named[name]}" for name in names if name in named])


def time_to_accuracy(one_set: Any) -> Iterator[Row]:
    """Yield the header and the rows of the seconds until a model is good."""
    goals = one_set["time_to_accuracy"]
    yield ["", *(f"{100 * goal['share']:.0f} %: {percent(goal['accuracy'])}" for goal in goals)]
    for tool in goals[0]["seconds"]:
        costs = [goal["seconds"][tool] for goal in goals]
        yield [tool, *("not reached" if cost is None else f"{cost:.3g}" for cost in costs)]


def section(title: str, mark: str) -> str:
    return f"{title}\n{mark * len(title)}"


def set_parts(one_set: Any) -> Iterator[str]:
    """Yield the parts of the page about one set."""
    yield section(title_of(one_set), "-")
    yield textwrap.fill(size(one_set), 100)
    yield from _race_parts(one_set)
    yield section("Where another program is better", "~")
    found = [
        f"* {RACES[name]}: {line}." for name in RACES for line in Race(one_set[name]).better_peers()
    ]
    yield "Figures of torrential, and those of other programs that are better:"
    yield "\n".join(found) if found else "In none of these measures."


def _race_parts(one_set: Any) -> Iterator[str]:
    for name, title in RACES.items():
        yield section(title, "~")
        yield INTRODUCTIONS[name].format(
            megabytes=megabytes(one_set[name]["text_bytes"]),
            vw=f"{one_set['train']['writing_s']['vw']:.2g}",
            fasttext=f"{one_set['train']['writing_s']['tokens.txt']:.2g}",
        )
        yield rst_table(Race(one_set[name]).rows())
        if name == "accurate":
            yield section("Seconds to accuracy", "~")
            yield TO_ACCURACY
            yield rst_table(time_to_accuracy(one_set))


def page(content: Any) -> str:
    """Return the page of the documentation."""
    parts = "\n\n".join(part for each in content["sets"] for part in set_parts(each))
    return PAGE.format(
        date=content["machine"]["date"],
        machine=machine(content),
        repeats=content["repeats"],
        n_jobs=content["n_jobs"],
        versions=versions(content),
        parts=parts,
    )


def lead(content: Any) -> str:
    """Return the README's sentence about speed and accuracy."""
    one_set = content["sets"][0]
    race = Race(one_set["one_pass"])
    found = {name: race.named(name) for name in ("scikit-learn", "fastText", "Vowpal Wabbit")}
    ratios = [
        f"{times(each['ratio'])} ({race.range_of(each)}) times as fast as {name}"
        for name, each in found.items()
    ]
    others = listed([shown(each, "accuracy").removesuffix(" %") for each in found.values()])
    return (
        f"On {content['machine']['cpus']} cores it trains {listed(ratios)} in one pass over the "
        f"same {megabytes(one_set['train']['text_bytes'])} MB of source code (medians of "
        f"{content['repeats']} rounds, and the range of the rounds), with "
        f"{shown(race.reference, 'accuracy')} held-out accuracy ({others})"
    )


def readme_table(content: Any) -> str:
    """Return the README's tables."""
    parts = [
        f"One run of `make compare` on {machine(content)}; medians of {content['repeats']} runs of "
        f"each program, in turn on the same text. {versions(content)}."
    ]
    for one_set in content["sets"]:
        parts.append(f"*{title_of(one_set)}*: {size(one_set)}")
        for name, title in RACES.items():
            header, *rows = Race(one_set[name]).rows()
            parts.append(markdown_table([[title.lower(), *header[1:]], *rows]))
    return "\n\n".join(parts)


def marked(readme: str, name: str, text: str) -> str:
    """Return the README with the text between the markers of a name."""
    begin, end = f"<!-- {name}: made by make compare -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"({re.escape(begin)}\\s*).*?(\\s*{re.escape(end)})", re.DOTALL)
    if len(pattern.findall(readme)) != 1:
        raise SystemExit(f"README.md needs one pair of markers {begin} and {end}")
    return pattern.sub(lambda found: f"{found[1]}{text}{found[2]}", readme)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, default=ROOT / "benchmarks" / "compared.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "guide" / "comparison.rst")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("--no-readme", action="store_true", help="write the page alone")
    parser.add_argument("--check", action="store_true", help="fail if a file has other figures")
    args = parser.parse_args()
    content = json.loads(args.json.read_text(encoding="utf-8"))
    texts = {args.page: page(content)}
    if not args.no_readme:
        readme = args.readme.read_text(encoding="utf-8")
        readme = marked(readme, "lead", lead(content))
        texts[args.readme] = marked(readme, "comparison", readme_table(content))
    for path, text in texts.items():
        if not args.check:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path} differs from {args.json}: run python benchmarks/write_comparison.py")


if __name__ == "__main__":
    main()
