"""A model that learns beside others, and how far it has come."""

from dataclasses import dataclass, field

from torrential.engine.checkpoint import Course
from torrential.engine.learner import Learner
from torrential.engine.text_model import TextModel
from torrential.engine.train import Schedule
from torrential.errors import ParameterError
from torrential.linear.class_weight import ClassWeight
from torrential.linear.model import in_turn


@dataclass(slots=True, eq=False)
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
    is_dropped : bool
        Whether it learns no more, because others are better.
    """

    model: TextModel
    class_weight: ClassWeight
    schedule: Schedule
    course: Course = field(default_factory=Course)
    failure: ParameterError | None = None
    is_dropped: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it may learn the next rows."""
        return self.failure is None and not self.is_dropped

    @property
    def learns(self) -> bool:
        """Whether there is an epoch to come."""
        return self.is_active and not self.course.is_complete

    def learner(self, epoch: int | None = None) -> Learner:
        """Return what teaches it an epoch, by default the one under way."""
        schedule, course = self.schedule, self.course
        return Learner(
            self.model,
            self.class_weight,
            in_turn,
            seed=[schedule.seed] if schedule.shuffle else None,
            epoch=course.epoch if epoch is None else epoch,
            validation=course.validation,
        )
