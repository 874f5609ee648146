"""Execution: who runs the work, in which order it comes back, and how it is stopped."""

from torrential.execution.jobs import count_jobs
from torrential.execution.stream import stream
from torrential.execution.tasks import TaskRunner

__all__ = ["TaskRunner", "count_jobs", "stream"]
