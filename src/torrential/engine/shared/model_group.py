"""Models that learn the same rows of a stream, side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.ring import Arena
from torrential.engine.batches.selection import KeyedBatch, RowChoice, select
from torrential.engine.batches.shared_windows import SharedWindowBuilder
from torrential.engine.batches.windows import Window
from torrential.engine.shared.lane_group import MOST_CLASSES, Together
from torrential.engine.shared.model_group_state import placed_in, state_of
from torrential.engine.targets.labels import Labels
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.learner import Learner
from torrential.engine.training.schedule import is_last
from torrential.errors import ParameterError
from torrential.features.terms.term_weights import RUNNING
from torrential.features.terms.vocabulary import Vocabulary
from torrential.features.weighting import weighed
from torrential.tracing import span
from torrential.types import Arrays, Float32


class SideBySide:
    """Teaches several models the same rows of each batch.

    All models see the same windows; each learns them as if alone, to the bit. Models of two classes
    learn each row at once.

    Parameters
    ----------
    rows : RowChoice
        Which rows they learn, such as those of all folds but one.
    candidates : sequence of Candidate
        Candidates with the same features.
    n_expected : int, default=0
        Rows that they are expected to learn in an epoch, for candidates with C.
    """

    def __init__(
        self, rows: RowChoice, candidates: Sequence[Candidate], n_expected: int = 0
    ) -> None:
        self.rows = rows
        self._n_expected = n_expected
        self.candidates = candidates
        self._first = candidates[0]
        self._builder: SharedWindowBuilder | None = None
        self._together: Together | None = None
        self._alone: list[tuple[Candidate, Learner]] = []
        self._has_begun = False
        self._epoch = -1
        self._n_labels = 0
        self._n_windows = self._n_learned = 0  # read and learned in the epoch

    @property
    def learns(self) -> bool:
        """Whether any candidate has an epoch left."""
        return any(candidate.learns for candidate in self.candidates)

    def count_documents(self, batches: Iterable[KeyedBatch]) -> None:
        """Count the labeled documents of each column."""
        for batch in batches:
            rows = select(batch.hashed, self.rows(batch))
            if rows.target is not None:
                self._first.model.weighting.frequencies.update(rows.rows, rows.target.codes >= 0)
        for other in self.candidates[1:]:
            other.model.weighting = self._first.model.weighting.copy()

    def begin_epoch(self, arena: Arena | None = None) -> None:
        """Prepare to learn all rows once.

        Parameters
        ----------
        arena : Arena, default=None
            The arena of batches with an address.
        """
        self._epoch += 1
        self._n_windows = self._n_learned = 0
        self._begin(arena)

    def _begin(self, arena: Arena | None) -> None:
        active = [candidate for candidate in self.candidates if candidate.learns]
        if self._together is not None and self._together.is_to_part:
            self._together.part()
            self._together = None
        labels = self._first.model.labels
        for candidate in active:
            candidate.model.labels = labels  # of the same rows, so they are numbered alike
            candidate.strengthen(self._n_expected)
            candidate.begin_epoch()
        self._builder = SharedWindowBuilder(self._first.model.targets, arena)
        together = [] if self._together is None else self._together.candidates
        if self._together is not None:
            self._together.strengthen()
            self._together.begin_epoch(self._epoch, self._n_learned)
        self._alone = [(each, each.learner()) for each in active if each not in together]

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the learned state, between two windows, as arrays and JSON."""
        labels = self._first.model.labels.values[: self._n_labels]
        arrays, header = state_of(self.candidates, self._together, labels)
        return arrays, header | {"n_learnt": self._n_learned, "has_begun": self._has_begun}

    def restore(self, arrays: Arrays, header: dict[str, Any], epoch: int) -> None:
        """Restore `state`, in an epoch that is read again."""
        self._together = placed_in(self.candidates, arrays, header)
        self._has_begun, self._n_learned = bool(header["has_begun"]), int(header["n_learnt"])
        self._n_labels = len(self._first.model.labels)
        self._epoch = epoch

    def go_on(self, arena: Arena | None = None) -> None:
        """Prepare for all rows of the epoch, and learn the rows that were not learned yet."""
        self._n_windows = 0
        self._begin(arena)

    def learn(self, batches: Iterable[KeyedBatch]) -> None:
        """Learn the next batches."""
        with span("learn"):
            self._take(batches)

    def _take(self, batches: Iterable[KeyedBatch]) -> None:
        assert self._builder is not None  # an epoch has begun
        for batch in batches:
            if batch.hashed.registers is not None:
                self._first.model.note(replace(batch.hashed, terms=None))
            chosen = self.rows(batch)
            if self._first.model.weighting.idf is None:
                self._learn(self._builder.add(batch, chosen))
            elif len(chosen.rows) > 0:
                rows = self._weighed(select(batch.hashed, chosen))
                self._learn(self._builder.add_copy(rows))

    @property
    def oldest(self) -> int | None:
        """Address of the first batch in the arena that is not learned yet."""
        return None if self._builder is None else self._builder.oldest

    def save(self) -> None:
        """Copy the rows of the current window out of the arena, before they are overwritten."""
        assert self._builder is not None  # something waits
        self._builder.save()

    def end_epoch(self) -> None:
        """Learn the remaining rows, and end the epoch of each candidate."""
        self.end_window()
        self._builder, self._n_learned = None, 0
        for each in self.candidates:
            if each.learns:
                each.end_epoch(is_last=is_last(each.cursor, each.schedule))

    def end_window(self) -> None:
        """Learn the rows of a window that is not full yet."""
        if self._builder is not None:  # of who learns no more there is none
            self._learn(self._builder.end())

    def settle(self) -> None:
        """Complete the models, each with its own labels."""
        if self._together is not None:
            self._together.settle()
        for each in self.candidates:
            model = each.model
            model.labels = Labels(self._first.model.labels.values)
            model.vocabulary = Vocabulary(self._first.model.vocabulary.registers)
            if each.failure is None:
                model.settle()

    def vocabulary(self) -> Vocabulary:
        """Return a copy of the estimated number of terms in all rows."""
        return Vocabulary(self._first.model.vocabulary.registers.copy())

    def pause(self) -> None:
        """Learn the pending rows, so that the models can score in the middle of an epoch."""
        self.end_window()
        if self._together is not None:
            self._together.settle()
        for each in self.candidates:
            if each.is_active:
                each.model.settle()

    def leave_dropped(self) -> None:
        """Stop spending time on dropped candidates."""
        if self._together is not None:
            self._together.leave_dropped()
            if not self._together.candidates:
                self._together = None

    def prepare(self) -> None:
        """Prepare to score, so that threads may call `decisions` concurrently."""
        together = [] if self._together is None else self._together.candidates
        for each in self.candidates:
            if each.is_active and each not in together:
                each.model.linear.prepare()

    def decisions(self, batch: HashedBatch) -> list[Float32 | None]:
        """Return each candidate's scores of rows without term weights; `settle` comes first.

        Candidates that were dropped or have failed have no scores.
        """
        scores: dict[int, Float32] = {}
        if self._together is not None:
            first = self._together.candidates[0].model
            columns = self._together.decision(weighed(batch.rows, first.weighting.current()))
            for number, each in enumerate(self._together.candidates):
                scores[id(each)] = columns[:, [number]]
        for each in self.candidates:
            if id(each) not in scores and each.is_active:
                rows = weighed(batch.rows, each.model.weighting.current())
                scores[id(each)] = each.model.decide(rows)
        return [scores.get(id(each)) for each in self.candidates]

    def give_back(self, number: int) -> None:
        """Make a candidate's model self-contained."""
        candidate = self.candidates[number]
        if self._together is not None and candidate in self._together.candidates:
            self._together.give_back(self._together.candidates.index(candidate))

    @property
    def _lead(self) -> Candidate:
        """Model that has counted all documents so far."""
        if self._together is not None and self._together.candidates:
            return self._together.candidates[0]
        return next((each for each in self.candidates if each.is_active), self._first)

    def _weighed(self, batch: HashedBatch) -> HashedBatch:
        """Weigh copied rows by IDF, if the windows themselves are not weighed."""
        terms = self._lead.model.weighting
        weighs_windows = terms.idf == RUNNING and self._epoch == 0
        weighting = None if weighs_windows else terms.current()
        if weighting is not None:
            weighting.apply(batch.rows.data, batch.rows.indices, batch.rows.indptr)
        return batch

    def _learn(self, window: Window | None) -> None:
        if window is None:
            return
        self._n_windows += 1
        if self._n_windows <= self._n_learned:
            return
        n_classes = len(self._first.model.labels)
        if not self._has_begun:
            self._has_begun = True
            if n_classes <= MOST_CLASSES:
                self._come_together()
        if self._together is not None and n_classes > MOST_CLASSES:
            self._alone += self._together.part()
            self._together = None
        if self._together is not None and self._together.learns:
            self._together.learn(window)
        for candidate, learner in self._alone:
            if not candidate.is_active:
                continue
            own = window
            if learner.weighs:  # it does so in place
                own = replace(window, rows=replace(window.rows, data=window.rows.data.copy()))
            try:
                learner.learn(own)
            except ParameterError as error:
                candidate.failure = error
            else:
                candidate.cursor.end_step(window.n_rows)
        self._n_learned, self._n_labels = self._n_windows, n_classes

    def _come_together(self) -> None:
        self._together = Together.of([candidate for candidate, _ in self._alone])
        if self._together is not None:
            together = self._together.candidates
            self._together.begin_epoch(self._epoch)
            self._alone = [pair for pair in self._alone if pair[0] not in together]
