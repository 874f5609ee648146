"""Configuration of the documentation: ``make docs`` builds it, with warnings as errors."""

import re
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # for gallery.py

project = "torrential"
author = "the torrential developers"
copyright = "2026, the torrential developers"
release = version = installed_version("torrential")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
default_role = "code"
nitpicky = True  # a reference that leads nowhere is a warning, and so an error

autosummary_generate = True
autodoc_typehints = "none"  # the numpydoc sections give types and shapes
numpydoc_show_class_members = False  # the template of classes lists them
toc_object_entries_show_parents = "hide"  # "fit", not "TextClassifier.fit": it fits the column

html_theme = "pydata_sphinx_theme"
html_title = "torrential"
html_static_path = ["_static"]
html_css_files = ["tables.css", "narrow.css", "gallery.css"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "navbar_persistent": ["search-button"],  # the field takes a second line
    "navbar_align": "left",
}
html_sidebars = {  # two have no pages below them, the third needs the width
    "quickstart": [],
    "architecture": [],
    "start/side_by_side": [],
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"^languages\.py$",  # it needs packages that the documentation does not
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "within_subsection_order": "gallery.place",
    "reset_modules": ("matplotlib", "gallery.set_style"),
    "image_srcset": ["2x"],
    "thumbnail_size": (560, 392),
}

ROUTING_METHOD = re.compile(r"set_\w+_request")


def skip_foreign(
    app: object, kind: str, name: str, value: object, skip: bool, options: Any
) -> bool | None:
    """Leave out what scikit-learn gives every estimator, and Python every mapping."""
    is_foreign = str(getattr(value, "__module__", "")).startswith(("sklearn.", "collections."))
    return True if is_foreign or ROUTING_METHOD.fullmatch(name) else None


def setup(app: Any) -> None:
    """Connect to Sphinx."""
    app.connect("autodoc-skip-member", skip_foreign)


# Estimators share the names of their attributes (coef_, intercept_), which numpydoc would link.
suppress_warnings = ["ref.python"]
