"""Vowpal Wabbit's regression of numbers, from rows on standard input; predictions come back.

with_vw_numbers.py PASSES RATE < JSON

The input is a JSON object: lines of ``train`` and ``test`` in VW's format, and ``least`` and
``largest`` number. The output is one JSON array of predictions. Squared error, words and pairs.
"""

import json
import sys

import vowpalwabbit


def main() -> None:
    passes, rate = int(sys.argv[1]), sys.argv[2]
    rows = json.load(sys.stdin)
    options = ["--quiet", "--ngram", "2", "-b", "22", "-l", rate]
    bounds = ["--min_prediction", str(rows["least"]), "--max_prediction", str(rows["largest"])]
    model = vowpalwabbit.Workspace(arg_list=[*options, *bounds])
    for _ in range(passes):
        for line in rows["train"]:
            model.learn(line)
    sys.stdout.write(json.dumps([float(model.predict(line)) for line in rows["test"]]))


if __name__ == "__main__":
    main()
