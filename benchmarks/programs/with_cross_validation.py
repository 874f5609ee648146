"""One fit or a cross-validation: torrential, scikit-learn, scikit-learn on a matrix hashed once.

with_cross_validation.py train DATA [--test TEST] [--n-jobs 2] [--folds 5] [--how HOW]

--how is 0: torrential's fit, then a score of the same rows; 1: its cross_validate; 2: its fits and
scores one after the other, on the same folds; 3: scikit-learn's cross_validate of a pipeline; 4:
the same on a matrix that was hashed once, into memory; 5: torrential's GridSearchCV of 12 learners;
6 and 7: scikit-learn's GridSearchCV of as many, of a pipeline and of a matrix; 8: torrential's
GridSearchCV of 60 learners; 9: its HalvingGridSearchCV of the same; 10: its GridSearchCV of
--candidates rates, with what it estimates of its memory. No search refits.
"""

import argparse
from pathlib import Path

import numpy as np
from measure import Report, main, measured

import torrential as tor

FIT, ONE_PASS, SEPARATE, PIPELINE, MATRIX = range(5)
SEARCH, PIPELINE_SEARCH, MATRIX_SEARCH, LARGE, HALVING, GROWING = range(5, 11)

LOSSES = ["hinge", "log_loss", "modified_huber"]
RATES = [0.05, 0.1, 0.2, 0.4]
ALPHAS = [1e-7, 1e-6, 1e-5, 1e-4]
"""What scikit-learn's default rate depends on, as it has none of its own."""

LARGE_GRID = {"loss": LOSSES, "eta0": [0.01, 0.05, 0.1, 0.2, 0.4], "alpha": [0, 1e-7, 1e-6, 1e-5]}


def read(path: Path) -> tor.Dataset:
    return tor.read(path, text="text", target="label")


def with_torrential(data: Path, how: int, folds: int, n_jobs: int) -> float:
    """Return the mean accuracy over the folds; nothing for a fit alone."""
    model = tor.TextClassifier(preset="fast", n_jobs=n_jobs)
    if how == FIT:
        model.fit(read(data))
        return float("nan")
    if how == ONE_PASS:
        return float(tor.cross_validate(model, read(data), cv=folds)["test_score"].mean())
    if how == SEARCH:
        grid = {"loss": LOSSES, "eta0": RATES}
        search = tor.GridSearchCV(model, grid, cv=folds, refit=False).fit(read(data))
        return float(search.cv_results_["mean_test_score"].max())
    if how == LARGE:
        search = tor.GridSearchCV(model, LARGE_GRID, cv=folds, refit=False).fit(read(data))
        return float(search.cv_results_["mean_test_score"].max())
    pairs = read(data).folds(folds)
    return float(np.mean([model.fit(train).score(test) for train, test in pairs]))


def with_sklearn(data: Path, how: int, folds: int, n_jobs: int) -> float:
    """Return the mean accuracy over the folds."""
    import pyarrow.parquet as pq
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import GridSearchCV, cross_validate
    from sklearn.pipeline import make_pipeline

    table = pq.read_table(data, columns=["text", "label"])
    texts, labels = table["text"].to_pylist(), table["label"].to_numpy()
    model = SGDClassifier(random_state=0)
    grid = {"loss": LOSSES, "alpha": ALPHAS}
    if how == PIPELINE_SEARCH:
        grid = {f"sgdclassifier__{name}": values for name, values in grid.items()}
        pipeline = make_pipeline(HashingVectorizer(), model)
        search = GridSearchCV(pipeline, grid, cv=folds, n_jobs=n_jobs, refit=False)
        return float(search.fit(texts, labels).cv_results_["mean_test_score"].max())
    if how == MATRIX_SEARCH:
        matrix = HashingVectorizer().transform(texts)
        search = GridSearchCV(model, grid, cv=folds, n_jobs=n_jobs, refit=False)
        return float(search.fit(matrix, labels).cv_results_["mean_test_score"].max())
    if how == PIPELINE:
        result = cross_validate(
            make_pipeline(HashingVectorizer(), model), texts, labels, cv=folds, n_jobs=n_jobs
        )
    else:
        matrix = HashingVectorizer().transform(texts)
        result = cross_validate(model, matrix, labels, cv=folds, n_jobs=n_jobs)
    return float(result["test_score"].mean())


def halving(data: Path, folds: int, n_jobs: int) -> dict[str, object]:
    """Search by halving; return the chosen candidate."""
    model = tor.TextClassifier(preset="fast", n_jobs=n_jobs)
    search = tor.HalvingGridSearchCV(model, LARGE_GRID, cv=folds, refit=False).fit(read(data))
    return dict(search.best_params_)


def growing(data: Path, n_candidates: int, folds: int, n_jobs: int) -> dict[str, float]:
    """Search this many rates; return the accuracy of the best, and the estimated memory."""
    from torrential.estimators.selection.memory_plan import count_classes, model_bytes

    model, dataset = tor.TextClassifier(preset="fast", n_jobs=n_jobs), read(data)
    rates = np.geomspace(0.05, 0.4, n_candidates).tolist()
    search = tor.GridSearchCV(model, {"eta0": rates}, cv=folds, refit=False, memory_limit="1 TB")
    best = search.fit(dataset).cv_results_["mean_test_score"].max()
    n_bytes = folds * n_candidates * model_bytes(model.get_params(), count_classes(dataset))
    return {"accuracy": float(best), "estimated_mb": n_bytes / 2**20}


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    few = [f"un café {number}" for number in range(64)]
    tor.cross_validate(
        tor.TextClassifier(preset="fast"), few, [0, 1] * 32, cv=2
    )  # loads the kernels
    if args.how == HALVING:
        with measured(report):
            chosen = halving(args.data, args.folds, args.n_jobs)
        model = tor.TextClassifier(
            preset="fast", n_jobs=args.n_jobs, **chosen
        )  # scored as the full grid is
        scores = tor.cross_validate(model, read(args.data), cv=args.folds)["test_score"]
        return report | {"accuracy": float(scores.mean())}
    if args.how == GROWING:
        with measured(report):
            found = growing(args.data, args.candidates, args.folds, args.n_jobs)
        return report | found
    ours = (FIT, ONE_PASS, SEPARATE, SEARCH, LARGE)
    run = with_torrential if args.how in ours else with_sklearn
    with measured(report):
        report["accuracy"] = run(args.data, args.how, args.folds, args.n_jobs)
    return report


if __name__ == "__main__":
    main(__doc__, train, n_jobs=2, folds=5, how=FIT, candidates=12)
