"""Command line: parse, call, print."""

from torrential.cli.app import main

__all__ = ["main"]
