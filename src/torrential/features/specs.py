"""The spec of settings of any kind, and the settings in a file."""

from typing import Any

from torrential.features.spec import FeatureSpec
from torrential.features.table.settings import Settings, TableSettings
from torrential.features.text.spec import TextSpec
from torrential.features.text.views_spec import text_spec


def spec_of(settings: Settings) -> FeatureSpec:
    """Return what encodes rows by settings."""
    if not isinstance(settings, TableSettings):
        return text_spec(settings)
    from torrential.features.table.spec import TableSpec  # what texts never need

    return TableSpec(settings)


def is_of_table(state: dict[str, Any]) -> bool:
    """Return whether a state is that of a table's settings."""
    return "table" in state


def settings_from_state(state: dict[str, Any]) -> Settings:
    """Return the settings of a spec's state.

    Raises
    ------
    ParameterError, KeyError, TypeError, ValueError
        If its values are invalid, or if it lacks some.
    """
    if is_of_table(state):
        from torrential.features.table.spec import TableSpec

        return TableSpec.from_state(state).settings
    return TextSpec.from_state(state).settings
