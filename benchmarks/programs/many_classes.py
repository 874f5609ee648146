"""Train torrential on rows of many classes, and evaluate it: FOLDER PRESET N_ROWS."""

import json
import resource
import sys
import time
from pathlib import Path

import torrential as tor

KIBIBYTES_PER_MEBIBYTE = 2**10


def main() -> None:
    folder, preset, n_rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    train, test = (
        tor.read(folder / f"{name}.parquet", text="text", target="label")
        for name in ("train", "test")
    )
    model = tor.TextClassifier(preset=preset, n_jobs=2)
    model.fit(train.take(3_000))  # kernels are compiled, or loaded
    began, cpu = time.perf_counter(), time.process_time()
    model.fit(train.take(n_rows))
    report = {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTES_PER_MEBIBYTE,
        "accuracy": float(model.score(test)),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
