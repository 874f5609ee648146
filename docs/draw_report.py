"""Draw the picture of a report that the guide shows: docs/guide/report.png.

    python docs/draw_report.py

Trains on the code of the packages that torrential needs, which every installation has, reports on
pieces of other files, and has Chromium draw the beginning of the page. Needs the program chromium;
the picture has few colors, so that it is small.
"""

import argparse
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

import torrential as tor

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from installed_code import write_installed_code

MEGABYTES = 20.0
COLORS = 64


def write_report(folder: Path) -> Path:
    """Train a model, and write the report on it as a page."""
    write_installed_code(folder, MEGABYTES)
    page = folder / "report.html"
    with chdir(folder):  # the page shows the path
        train, test = (
            tor.read(f"{name}.parquet", text="text", target="package") for name in ("train", "test")
        )
        tor.TextClassifier(preset="fast", n_jobs=-1).fit(train).report(test).save(page)
    return page


def draw(page: Path, to: Path, width: int, height: int) -> None:
    """Draw the beginning of a page, as a browser with a window of this size shows it."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("There is no program chromium: install it.")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    picture = page.with_suffix(".png")
    subprocess.run(
        [program, *options, "--hide-scrollbars", f"--window-size={width},{height}",
         f"--user-data-dir={page.parent / 'profile'}", f"--screenshot={picture}", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    Image.open(picture).convert("RGB").quantize(COLORS).save(to, optimize=True)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "guide" / "report.png")
    parser.add_argument("--width", type=int, default=1000)
    parser.add_argument("--height", type=int, default=1350)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        draw(write_report(Path(folder)), args.to, args.width, args.height)
    print(f"{args.to} has {args.to.stat().st_size / 1000:.0f} kB.")


if __name__ == "__main__":
    main()
