"""Object code made callable: LLVM's linker, without Numba."""

import ctypes
from functools import cache
from typing import Any

from llvmlite import binding

from torrential.kernels.native.arguments import TYPES
from torrential.kernels.native.object_files import CompiledKernel
from torrential.kernels.native.runtime import helpers


def linked(compiled: CompiledKernel, code: bytes) -> Any:
    """Return the function of object code, or None if it needs what is not to be found here."""
    engine = _engine()
    if not all(binding.address_of_symbol(name) for name in compiled.outside):
        return None
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return function_at(engine.get_function_address(compiled.symbol), compiled)


def function_at(address: int, compiled: CompiledKernel) -> Any:
    """Return the function at an address; it runs without the interpreter's lock."""
    pointer = ctypes.c_void_p
    codes = [TYPES[code] for code in compiled.arguments]
    return ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, *codes)(address)


@cache
def _engine() -> Any:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple().create_target_machine(jit=True)
    for name, address in helpers().items():
        binding.add_symbol(name, address)
    return binding.create_mcjit_compiler(binding.parse_assembly(""), target)
