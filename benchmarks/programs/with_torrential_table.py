"""torrential: columns of a table and their crosses, from Parquet.

with_torrential_table.py train FOLDER --save MODEL [--crosses no|auto] [--n-jobs 2] [--params JSON]
with_torrential_table.py predict MODEL FOLDER

--params has parameters of TableClassifier as an object in JSON.
"""

import argparse
import json

from measure import Report, main, measured
from table_facts import facts_of
from table_quality import quality

import torrential as tor


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        facts = facts_of(args.data)
        given = [tuple(cross) for cross in facts["crosses"]]
        model = tor.TableClassifier(
            kinds=facts["kinds"],
            crosses={"yes": given, "no": None, "auto": "auto"}[args.crosses],
            n_jobs=args.n_jobs,
            **json.loads(args.params),
        )
        model.fit(tor.read(args.data / "train.parquet", target=facts["label"]))
        model.save(args.save)
    return report


def predict(args: argparse.Namespace) -> Report:
    report: Report = {}
    facts = facts_of(args.data)
    with measured(report):
        model = tor.load(args.model).set_params(n_jobs=args.n_jobs)
        test = tor.read(args.data / "test.parquet", target=facts["label"])
        column = model.classes_.tolist().index(facts["positive"])
        probabilities = model.predict_proba(test)[:, column]
    return report | quality(probabilities, args.data)


if __name__ == "__main__":
    main(__doc__, train, predict, n_jobs=2, params="{}", crosses="yes")
