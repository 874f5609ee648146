"""Kernels: functions that are compiled, or found compiled on disk, at their first call."""

import ctypes
import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torrential.kernels.native.arguments import flattened
from torrential.kernels.native.results import new_memory, read_result

if TYPE_CHECKING:
    from torrential.kernels.native.object_files import CompiledKernel

_lock = threading.RLock()


class Kernel:
    """A function over numbers, arrays and tuples of them that runs as machine code.

    Kernels call each other within Numba; Python calls them through here. The first call with
    arguments of some types finds the code on disk, or has Numba compile it.

    Parameters
    ----------
    py_func : callable
    options : dict
        Those of ``numba.njit``.
    """

    def __init__(self, py_func: Callable[..., Any], options: dict[str, Any]) -> None:
        self.py_func = py_func
        self.options = options
        self.__name__, self.__qualname__ = py_func.__name__, py_func.__qualname__
        self.__module__, self.__doc__ = py_func.__module__, py_func.__doc__
        self.__wrapped__ = py_func
        self._calls: dict[str, _Call] = {}
        self._dispatcher: Any = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Run the machine code for arguments of these types."""
        if named or len(arguments) < self.py_func.__code__.co_argcount:
            bound = inspect.signature(self.py_func).bind(*arguments, **named)
            bound.apply_defaults()
            arguments = bound.args
        types, values = flattened(arguments)
        call = self._calls.get(types) or self._found(types, arguments)
        return call(values, arguments)

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<kernel {self.__module__}.{self.__qualname__}>"

    @property
    def dispatcher(self) -> Any:
        """The function as Numba has it."""
        with _lock:
            if self._dispatcher is None:
                from torrential.kernels.native.compiler import dispatcher_of

                self._dispatcher = dispatcher_of(self.py_func, self.options)
            return self._dispatcher

    @property
    def _numba_type_(self) -> Any:
        """Type of the function within other kernels: Numba asks for it by this name."""
        return self.dispatcher._numba_type_

    def _found(self, types: str, arguments: tuple[Any, ...]) -> "_Call":
        from torrential.kernels.native import object_files
        from torrential.kernels.native.linking import function_at, linked

        with _lock:
            if types in self._calls:
                return self._calls[types]
            name = f"{self.__module__}.{self.__qualname__}"
            is_kept = self.options.get("cache", False)
            found = object_files.read(name, types) if is_kept else None
            function = None if found is None else linked(*found)
            if found is None or function is None:
                from torrential.kernels.native.compiler import compile_kernel

                compiled, code, address = compile_kernel(self.dispatcher, types, arguments)
                if is_kept:
                    object_files.write(name, compiled, code)
                function = function_at(address, compiled)
            else:
                compiled = found[0]
            self._calls[types] = _Call(name, function, compiled)
            return self._calls[types]


class _Call:
    """A kernel for some types of arguments."""

    __slots__ = ("_compiled", "_function", "_name")

    def __init__(self, name: str, function: Any, compiled: "CompiledKernel") -> None:
        self._name, self._function, self._compiled = name, function, compiled

    def __call__(self, values: list[Any], arguments: tuple[Any, ...]) -> Any:
        compiled = self._compiled
        memory, error = new_memory(compiled.n_bytes), ctypes.c_void_p()
        status = self._function(memory, ctypes.addressof(error), *values)
        if status == NONE:
            return None
        if status:
            raise _error_of(self._name, error.value)
        return read_result(compiled.result, memory, arguments)


NONE = -2
"""Status of a kernel that returns None where it may return something else."""

ERRORS = {each.__name__.encode(): each for each in (MemoryError, ZeroDivisionError, ValueError)}


def _error_of(name: str, description: int | None) -> Exception:
    """Return the exception that a kernel ended with.

    Its description begins with the address and the size of a pickle, in which the name of the
    exception is searched; it is not loaded.
    """
    text = b""
    if description:
        address = ctypes.c_void_p.from_address(description).value
        size = ctypes.c_int32.from_address(description + ctypes.sizeof(ctypes.c_void_p)).value
        text = ctypes.string_at(address, size) if address else b""
    kind = next((kind for word, kind in ERRORS.items() if word in text), RuntimeError)
    return kind(f"The kernel {name} failed.")


class Emitted:
    """A function that kernels call, whose code is emitted when Numba compiles them.

    Parameters
    ----------
    module : str
        Module that defines it, which is imported then.
    name : str
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __repr__(self) -> str:
        return f"<emitted {self._module}.{self._name}>"

    @property
    def _numba_type_(self) -> Any:
        """Type of the function within kernels: Numba asks for it by this name."""
        from torrential.kernels.native.compiler import type_of_emitted

        return type_of_emitted(self._module, self._name)
