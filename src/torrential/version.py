"""The version of this package: the file that its build reads it from."""

__version__ = "0.1.0"
