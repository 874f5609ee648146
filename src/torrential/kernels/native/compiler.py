"""Numba, which compiles kernels: the only module that imports it, with those that emit code."""

from importlib import import_module
from typing import Any

from llvmlite import ir
from numba import njit, typeof, types
from numba.core import event
from numba.core.registry import cpu_target

from torrential.kernels.compiling import observer
from torrential.kernels.native.numba_cache import enable_caching
from torrential.kernels.native.object_files import CompiledKernel
from torrential.kernels.native.symbols import undefined


class _Listener(event.Listener):  # type: ignore[misc]
    """Hears from Numba when a kernel, or a kernel that it calls, is compiled."""

    def on_start(self, event: Any) -> None:
        observer.begin(None if event.kind == STEP else event.data["dispatcher"])

    def on_end(self, event: Any) -> None:
        if event.kind != STEP:
            observer.end()


STEP = "numba:run_pass"

for kind in ("numba:compile", STEP):
    event.register(kind, _Listener())


def dispatcher_of(function: Any, options: dict[str, Any]) -> Any:
    """Return a function as Numba compiles it: without what would make it callable from Python."""
    is_kept = options.get("cache", False)
    options = {name: value for name, value in options.items() if name != "cache"}
    compiled = njit(function, nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True, **options)
    if is_kept:
        enable_caching(compiled)
    return compiled


def type_of_emitted(module: str, name: str) -> Any:
    """Return the type of an intrinsic."""
    emitted = getattr(import_module(module), name)
    cpu_target.typing_context.refresh()  # the import may have defined it
    cpu_target.target_context.refresh()
    return cpu_target.typing_context.resolve_value_type(emitted)


def compile_kernel(
    dispatcher: Any, name_of_types: str, arguments: tuple[Any, ...]
) -> tuple[CompiledKernel, bytes, int]:
    """Compile a kernel for the types of some arguments.

    Returns
    -------
    compiled : CompiledKernel
    code : bytes
        Object code.
    address : int
        Where the code is in this process.
    """
    kinds = tuple(typeof(argument) for argument in arguments)
    dispatcher.compile(kinds)
    result = dispatcher.overloads[kinds]
    context, description = result.target_context, result.fndesc
    convention = context.call_conv
    of_function = convention.get_function_type(description.restype, description.argtypes)
    of_result = convention.get_return_type(description.restype).pointee
    layout = _Layout(context.target_data)
    library = result.library
    code = library._compiled_object  # Numba's linker takes it away if it is from Numba's cache
    address = library.get_pointer_to_function(description.llvm_func_name)
    code = code or library._compiled_object or _object_of(library)
    compiled = CompiledKernel(
        name_of_types,
        description.llvm_func_name,
        "".join(_code_of(each) for each in of_function.args[2:]),
        layout.of(_given_unless_none(description.restype), of_result, 0),
        of_result.get_abi_size(context.target_data),
        tuple(_needed(library, code)),
    )
    return compiled, code, address


def _needed(library: Any, code: bytes) -> list[str]:
    """Return the functions that code calls, and that are defined elsewhere.

    Numba does not say it of code from its cache, so the code itself is read where that is possible.
    """
    found = undefined(code)
    if found is not None:
        return found
    names = [each.name for each in library._final_module.functions if each.is_declaration]
    return [name for name in names if not name.startswith("llvm.")]


def _object_of(library: Any) -> bytes:
    """Return the object code of a library that was linked before."""
    code: bytes = library.codegen._tm.emit_object(library._get_module_for_linking())
    return code


def _given_unless_none(kind: Any) -> Any:
    """Return the type of a result that is stored; a status says that the result is None."""
    return kind.type if isinstance(kind, types.Optional) else kind


INTEGERS = {64: "q", 32: "i", 16: "h", 8: "b", 1: "b"}


def _code_of(kind: Any) -> str:
    """Return the code of a value that a function takes."""
    if isinstance(kind, ir.PointerType):
        return "p"
    if isinstance(kind, ir.DoubleType):
        return "d"
    return "f" if isinstance(kind, ir.FloatType) else INTEGERS[kind.width]


class _Layout:
    """Says where the parts of a result are.

    Parameters
    ----------
    target : llvmlite TargetData
    """

    def __init__(self, target: Any) -> None:
        self._target = target

    def of(self, kind: Any, stored: Any, offset: int) -> Any:
        """Return the layout of a value of a type that is stored as an LLVM type."""
        if isinstance(kind, types.NoneType):
            return None
        if isinstance(kind, types.Optional):
            flag = offset + stored.get_element_offset(self._target, 1)
            return ["optional", self.of(kind.type, stored.elements[0], offset), flag]
        if isinstance(kind, types.BaseTuple):
            return ["tuple", _class_of(kind), self._items(kind, stored, offset)]
        if isinstance(kind, types.Array):
            return ["array", _dtype(kind), kind.ndim, offset]
        if isinstance(kind, types.Boolean):
            return [offset, "?"]
        if isinstance(kind, types.Float):
            return [offset, "d" if kind.bitwidth == 64 else "f"]
        if isinstance(kind, types.Integer):
            code = INTEGERS[kind.bitwidth]
            return [offset, code if kind.signed else code.upper()]
        raise TypeError(f"a kernel cannot return {kind}")

    def _items(self, kind: Any, stored: Any, offset: int) -> list[Any]:
        if isinstance(stored, ir.ArrayType):
            size = stored.element.get_abi_size(self._target)
            places = [(stored.element, offset + size * i) for i in range(stored.count)]
        else:
            places = [
                (each, offset + stored.get_element_offset(self._target, i))
                for i, each in enumerate(stored.elements)
            ]
        return [self.of(item, *place) for item, place in zip(kind, places, strict=True)]


def _class_of(kind: Any) -> str | None:
    cls = getattr(kind, "instance_class", tuple)
    return None if cls is tuple else f"{cls.__module__}:{cls.__qualname__}"


def _dtype(kind: Any) -> str:
    from numba.np.numpy_support import as_dtype

    return str(as_dtype(kind.dtype).str)
