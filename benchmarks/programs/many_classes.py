"""Train torrential on rows of many classes, and evaluate it: FOLDER PRESET N_ROWS."""

import json
import sys
from pathlib import Path

from measure import Report, measured

import torrential as tor


def main() -> None:
    folder, preset, n_rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    train, test = (
        tor.read(folder / f"{name}.parquet", text="text", target="label")
        for name in ("train", "test")
    )
    model = tor.TextClassifier(preset=preset, n_jobs=2)
    model.fit(train.take(3_000))  # kernels are compiled, or loaded
    report: Report = {}
    with measured(report):
        model.fit(train.take(n_rows))
    print(json.dumps(report | {"accuracy": float(model.score(test))}))


if __name__ == "__main__":
    main()
