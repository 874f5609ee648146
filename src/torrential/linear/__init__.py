"""Linear models over sparse rows."""

from torrential.linear.model import LinearModel
from torrential.linear.settings import LinearSettings

__all__ = ["LinearModel", "LinearSettings"]
