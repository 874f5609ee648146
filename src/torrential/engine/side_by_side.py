"""Models that learn the same rows of a stream, side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from torrential.engine.checkpoint import Course
from torrential.engine.hashing import HashedBatch
from torrential.engine.keyed import KeyedBatch, RowChoice
from torrential.engine.labels import Labels
from torrential.engine.learner import Learner
from torrential.engine.text_model import TextModel
from torrential.engine.train import Schedule, is_last
from torrential.engine.windows import Window, WindowBuilder
from torrential.errors import ParameterError
from torrential.linear.class_weight import ClassWeight
from torrential.linear.model import in_turn


@dataclass(slots=True)
class Candidate:
    """A model that learns beside others.

    Attributes
    ----------
    model : TextModel
    class_weight : ClassWeight
    schedule : Schedule
        The order of partitions is the same for all.
    course : Course
    failure : ParameterError or None
        What ended its learning, as weights that grow without limit do; the others go on.
    """

    model: TextModel
    class_weight: ClassWeight
    schedule: Schedule
    course: Course = field(default_factory=Course)
    failure: ParameterError | None = None

    @property
    def learns(self) -> bool:
        """Whether there is an epoch to come."""
        return self.failure is None and not self.course.is_complete


class SideBySide:
    """Teaches several models the same rows of each batch.

    All see the same windows; each learns them as it would alone.

    Parameters
    ----------
    rows : RowChoice
        Which rows they learn, such as those of all folds but one.
    candidates : sequence of Candidate
        Of the same features.
    """

    def __init__(self, rows: RowChoice, candidates: Sequence[Candidate]) -> None:
        self.rows = rows
        self.candidates = candidates
        self._builder: WindowBuilder | None = None
        self._learners: list[tuple[Candidate, Learner]] = []

    @property
    def learns(self) -> bool:
        """Whether any candidate has an epoch to come."""
        return any(candidate.learns for candidate in self.candidates)

    def count_documents(self, batches: Iterable[KeyedBatch]) -> None:
        """Count the labelled documents of each column."""
        first, *others = self.candidates
        for batch in batches:
            rows = self.rows(batch)
            if rows.target is not None:
                first.model.terms.frequencies.update(rows.rows, rows.target.codes >= 0)
        for other in others:
            other.model.terms = first.model.terms.copy()

    def begin_epoch(self) -> None:
        """Get ready to learn all rows once."""
        active = [candidate for candidate in self.candidates if candidate.learns]
        labels = active[0].model.labels
        for candidate in active:
            candidate.model.labels = labels  # of the same rows, so they are numbered alike
        self._builder = WindowBuilder(labels)
        self._learners = [(candidate, _learner(candidate)) for candidate in active]

    def learn(self, batches: Iterable[KeyedBatch]) -> None:
        """Learn the next batches."""
        assert self._builder is not None  # an epoch has begun
        for batch in batches:
            if batch.hashed.registers is not None:
                for candidate, _ in self._learners:
                    candidate.model.note(replace(batch.hashed, terms=None))
            rows = self.rows(batch)
            if rows.rows.n_rows > 0:
                self._learn(self._builder.add(self._weighed(rows)))

    def end_epoch(self) -> None:
        """Learn what is left, and note who goes on."""
        assert self._builder is not None  # an epoch has begun
        self._learn(self._builder.end())
        self._builder = None
        for candidate, _ in self._learners:
            candidate.course.end_epoch(is_last=is_last(candidate.course, candidate.schedule))

    def settle(self) -> None:
        """Make the models whole, each with labels of its own."""
        for candidate in self.candidates:
            model = candidate.model
            model.labels = Labels(model.labels.values)
            if candidate.failure is None:
                model.settle()

    def _weighed(self, batch: HashedBatch) -> HashedBatch:
        """Weigh copied rows by IDF, where the windows themselves are not weighed."""
        _, learner = self._learners[0]
        weighting = self._learners[0][0].model.terms.weighting()
        if not learner.weighs and weighting is not None:
            weighting.apply(batch.rows.data, batch.rows.indices, batch.rows.indptr)
        return batch

    def _learn(self, window: Window | None) -> None:
        if window is None:
            return
        for candidate, learner in self._learners:
            if candidate.failure is not None:
                continue
            own = window
            if learner.weighs and len(self._learners) > 1:  # it does so in place
                own = replace(window, rows=replace(window.rows, data=window.rows.data.copy()))
            try:
                learner.learn(own)
            except ParameterError as error:
                candidate.failure = error
            else:
                candidate.course.end_window(window.rows.n_rows)


def _learner(candidate: Candidate) -> Learner:
    schedule, course = candidate.schedule, candidate.course
    return Learner(
        candidate.model,
        candidate.class_weight,
        in_turn,
        seed=[schedule.seed] if schedule.shuffle else None,
        epoch=course.epoch,
        validation=course.validation,
    )
