"""Memory that kernels allocate: Numba's allocator, loaded without Numba's compiler.

It is the extension module ``numba.core.runtime._nrt_python``, which needs nothing else of Numba. If
Numba is imported later, or was before, both share the allocator's state: it is one library.
"""

import ctypes
import importlib.machinery
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

NAME = "numba.core.runtime._nrt_python"


@cache
def helpers() -> dict[str, int]:
    """Return the addresses of the allocator's functions, by the names that kernels know them by."""
    module = sys.modules.get(NAME) or _loaded()
    addresses = module.c_helpers
    return {name if name.startswith("_") else f"NRT_{name}": at for name, at in addresses.items()}


def _loaded() -> Any:
    folder = numba_folder() / "core" / "runtime"
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        path = folder / f"_nrt_python{suffix}"
        if path.exists():
            loader = importlib.machinery.ExtensionFileLoader("_nrt_python", str(path))
            spec = importlib.util.spec_from_loader("_nrt_python", loader)
            assert spec is not None
            module = importlib.util.module_from_spec(spec)
            loader.exec_module(module)
            module.memsys_use_cpython_allocator()  # as Numba does
            return module
    raise ImportError(f"{folder} has no module _nrt_python")


@cache
def numba_folder() -> Path:
    """Return the folder that Numba is installed in, without importing it."""
    spec = importlib.util.find_spec("numba")
    if spec is None or spec.origin is None:
        raise ImportError("Numba is not installed")
    return Path(spec.origin).parent


class _View:
    """Memory as NumPy sees it, and what must live as long as the array.

    Parameters
    ----------
    address : int
    dtype : str
    shape, strides : tuple of int
    origin : object
    """

    def __init__(
        self,
        address: int,
        dtype: str,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        origin: Any,
    ) -> None:
        self.origin = origin
        self.__array_interface__ = {
            "data": (address, False),
            "typestr": dtype,
            "shape": shape,
            "strides": strides,
            "version": 3,
        }


class Memory:
    """Memory that a kernel has allocated; freed with the last array in it.

    Parameters
    ----------
    owner : int
        Address of the allocator's record of it.
    """

    def __init__(self, owner: int) -> None:
        self._owner = owner

    def __del__(self) -> None:
        count = ctypes.c_size_t.from_address(self._owner)  # its first field: references
        count.value -= 1
        if count.value == 0:
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(helpers()["NRT_MemInfo_call_dtor"])(self._owner)


def array_at(
    address: int, dtype: str, shape: tuple[int, ...], strides: tuple[int, ...], origin: Any
) -> Any:
    """Return an array in memory that lives as long as its origin.

    Parameters
    ----------
    address : int
    dtype : str
    shape, strides : tuple of int
    origin : Memory or ndarray
        Memory that a kernel has allocated, or an array that it was given.
    """
    return np.asarray(_View(address, dtype, shape, strides, origin))
