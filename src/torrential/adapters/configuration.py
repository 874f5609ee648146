"""scikit-learn's configuration in tasks: it belongs to the thread that has set it.

What ``sklearn.set_config`` or ``config_context`` sets holds in the calling thread only. Steps and
estimators that run on other threads, processes or workers have to be given it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sklearn import config_context, get_config


@dataclass(frozen=True, slots=True)
class Configured:
    """A function that runs under the configuration in which this was made, wherever it runs.

    Attributes
    ----------
    function : callable
    config : dict
        scikit-learn's configuration; by default that of this thread, now.

    Examples
    --------
    >>> import sklearn
    >>> with sklearn.config_context(sparse_interface="sparray"):
    ...     current = Configured(lambda: sklearn.get_config()["sparse_interface"])
    >>> current()
    'sparray'
    """

    function: Callable[..., Any]
    config: dict[str, Any] = field(default_factory=get_config)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function under the configuration."""
        with config_context(**self.config):
            return self.function(*arguments, **named)
