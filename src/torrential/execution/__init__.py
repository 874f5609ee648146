"""Execution: engines that run the work, the order of its results, and how it is stopped.

The engines of Dask and joblib are in modules of their own: few runs need them.
"""

from torrential.execution.choice import as_executor, opened
from torrential.execution.contract import Executor, Recipe
from torrential.execution.fold import TreeFold
from torrential.execution.helper_process import helper_process
from torrential.execution.jobs import count_jobs
from torrential.execution.stopping import stop_requested
from torrential.execution.stream import stream
from torrential.execution.tasks import TaskRunner
from torrential.execution.threads import Threads
from torrential.execution.uninterrupted import Whole

__all__ = [
    "Executor",
    "Recipe",
    "TaskRunner",
    "Threads",
    "TreeFold",
    "Whole",
    "as_executor",
    "count_jobs",
    "helper_process",
    "opened",
    "stop_requested",
    "stream",
]
