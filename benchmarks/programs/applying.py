"""Apply a model in this process, and wait: its parent looks at how much memory that takes.

applying.py MODEL [--no-verify]

Prints the seconds that loading and the first prediction took, as JSON, and ends with its input.
"""

import json
import sys
import time

import torrential as tor

TEXTS = [f"a text of {i} words and thing{i}, the other one is word{7 * i}" for i in range(10_000)]


def main() -> None:
    path, *options = sys.argv[1:]
    tor.TextClassifier().fit(TEXTS[:10], ["a", "b"] * 5).predict_proba(TEXTS[:10])  # imports
    begin = time.perf_counter()
    model = tor.load(path, verify="--no-verify" not in options)
    loaded = time.perf_counter()
    model.predict_proba(TEXTS[:1])
    predicted = time.perf_counter()
    model.predict_proba(TEXTS)
    print(json.dumps({"load": loaded - begin, "first": predicted - loaded}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
