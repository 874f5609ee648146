"""The prose of the page that write_comparison.py writes; figures are in braces."""

SETS = {
    "installed code": "the Python code of the packages that torrential needs, in pieces of 20 "
    "lines whose label is the package"
}
"""Sets that compare.py makes, in words."""

RACES = {
    "one_pass": "One pass over words",
    "accurate": "Several passes, more features",
    "prediction": "Prediction",
}
"""Parts of a set in the file of results, with their titles."""

INTRODUCTIONS = {
    "one_pass": """\
All learn words alone, in one pass, with a linear model: torrential by ``preset="fast"``, Vowpal
Wabbit with ``-b 20`` and the logistic loss, one against all, fastText in one epoch with 10
dimensions, scikit-learn by ``HashingVectorizer`` and ``partial_fit`` of ``SGDClassifier`` with the
logistic loss; all other parameters are defaults. Vowpal Wabbit and fastText read files of tokens
that were made for them; writing these took {vw} and {fasttext} processor seconds, which are not
counted. torrential reads the raw text from Parquet, and the tokens from fastText's file. dask-ml,
if it takes part, has its own vectorizer, and the same learner in ``Incremental``.""",
    "accurate": """\
torrential by default: words, pairs and n-grams of characters within words, in three passes. Vowpal
Wabbit has pairs of words and a larger table; fastText pairs of words and n-grams of 2 to 5
characters; ``LinearSVC`` TF-IDF of words and pairs, all rows in memory. Nothing was tuned on these
rows.""",
    "prediction": """\
Predictions for {megabytes} MB of text, by models of one pass over words. ``torrential predict``
and ``fasttext predict`` are command lines, whose seconds include the start of the process and, for
the first one, writing a Parquet file with all columns and the predictions. The others predict in
Python.""",
}

TO_ACCURACY = """\
Seconds of training with the quickest setting above of each program that reaches a share of the best
accuracy of all."""

PAGE = """\
.. Written by benchmarks/write_comparison.py from benchmarks/compared.json: not by hand.

Comparison with other programs
==============================

``make compare`` installs fastText, Vowpal Wabbit and scikit-learn in an environment of their own,
runs them and torrential in turn on the same text, and writes this page, the tables in the README,
and ``benchmarks/compared.json`` with the measurements of each run. dask-ml takes part if it is
installed in that environment. The text needs no download: every installation has it.

The figures are of one run of the command on {date}, on {machine}:
medians of {repeats} runs of each program, with {n_jobs} threads where it has threads. Other
programs may have used the machine at the same time, and other machines, versions and texts give
other figures: the ratios are those of this one run.

Versions: {versions}.

{parts}

What they do that torrential does not
-------------------------------------

No figure shows this: fastText learns vectors of words without labels, and applies models from C++.
Vowpal Wabbit learns contextual bandits, factorizations and structured outputs, as one binary
without Python. scikit-learn has many more kinds of models, for data that fit in memory.

What is measured
----------------

- Each run is a separate process. Seconds are from opening the file to the trained model, or from
  loading the model to the last prediction, without the start of Python, imports, and for torrential
  the loading of compiled kernels. ``compared.json`` also has the seconds of whole processes.
- "times ours" are the seconds divided by those of the first row of the table: 2.0 takes twice as
  long.
- MB/s are of the raw text in 10\\ :sup:`6` bytes, even if a program reads a smaller file of tokens.
- Accuracy and macro-F1, the mean over classes, are of test rows, from which no model has learned.
- Peak memory is the largest resident memory of the process until the end of the work. For
  torrential, Python, Arrow and compiled kernels are a part of it that does not depend on the data.

Measure it yourself
-------------------

.. code-block:: console

   $ make compare
   $ make compare DATA="sets/imdb sets/20news"

The second command takes folders of labeled sets, with columns ``text`` and ``label`` in
``train*.parquet`` and ``test*.parquet``, and writes its results and a page like this one to
``build/bench`` instead.
"""
