"""Vowpal Wabbit: its own C++ driver reads the text prepared for it; Python only starts it.

with_vw_table.py train FOLDER --save MODEL [--crosses no] [--file values.vw] [--learner=--ftrl]
with_vw_table.py predict MODEL FOLDER [--file values.vw]

One pass, logistic loss, 2**22 weights, a pair of namespaces (-q) for each cross.
"""

import argparse
import tempfile
from pathlib import Path

from measure import Report, main, measured
from table_facts import facts_of
from with_vw import drive


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        facts, options = facts_of(args.data), args.learner.split()
        for cross in facts["crosses"] if args.crosses == "yes" else ():
            options += ["--interactions", "".join(facts["namespaces"][name] for name in cross)]
        options += ["--loss_function", "logistic", "-b", "22"]
        drive("-d", args.data / f"train.{args.file}", "-f", args.save, *options)
    return report


def predict(args: argparse.Namespace) -> Report:
    report: Report = {}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "predictions")
        with measured(report):
            options = ["--link", "logistic", "-p", output]
            drive("-t", "-i", args.model, "-d", args.data / f"test.{args.file}", *options)
        probabilities = [float(line) for line in output.read_text().split()]
    from table_quality import quality  # not in the process that is measured

    return report | quality(probabilities, args.data)


if __name__ == "__main__":
    main(__doc__, train, predict, file="vw", learner="", crosses="yes")
