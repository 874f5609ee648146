"""Print the versions of the peers that can be imported here, as an object in JSON.

versions.py
"""

import importlib
import json
import platform
from importlib.metadata import version

MODULES = {
    "fasttext": "fasttext",
    "vowpalwabbit": "vowpalwabbit",
    "scikit-learn": "sklearn",
    "dask-ml": "dask_ml",
    "numpy": "numpy",
    "pyarrow": "pyarrow",
}


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name, module in MODULES.items():
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        found[name] = version(name)
    return found


if __name__ == "__main__":
    print(json.dumps(versions()))
