"""Python cannot call inner kernels: only kernels may refer to them by name."""

import ast
import pathlib

import pytest

import torrential
from torrential.kernels.jit import for_python, inner_kernel, kernel

PACKAGE = pathlib.Path(torrential.__file__).parent
KERNELS = {
    ".".join(["torrential", *path.relative_to(PACKAGE).with_suffix("").parts]): ast.parse(
        path.read_text("utf-8")
    )
    for path in PACKAGE.glob("kernels/**/*.py")
}
ELSEWHERE = [
    path
    for folder in (PACKAGE, pathlib.Path(__file__).parent)
    for path in folder.rglob("*.py")
    if "kernels" not in path.parts
]


def decorated(module, *names):
    """Functions of a module that are decorated by one of these names."""
    return {
        statement.name
        for statement in module.body
        if isinstance(statement, ast.FunctionDef)
        and any(ast.unparse(each).partition("(")[0] in names for each in statement.decorator_list)
    }


INNER = {name: decorated(module, "inner_kernel") for name, module in KERNELS.items()}


def imported_inner(module):
    """Inner kernels that a module imports."""
    return {
        alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in INNER.get(node.module or "", ())
    }


def test_no_inner_kernel_is_imported_elsewhere():
    found = {path.name: imported_inner(ast.parse(path.read_text("utf-8"))) for path in ELSEWHERE}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize("name", KERNELS)
def test_no_function_of_python_calls_an_inner_kernel(name):
    module = KERNELS[name]
    held = INNER[name] | imported_inner(module)
    compiled = decorated(module, "kernel", "inner_kernel")
    if name == "torrential.kernels.plain":  # its functions run where nothing is compiled
        held -= {"decode"}
    called = {
        node.func.id
        for statement in module.body
        if getattr(statement, "name", None) not in compiled
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & held == set()


@pytest.mark.jit
def test_an_inner_kernel_is_wrapped_for_python():
    @inner_kernel(cache=False, error_model="numpy")
    def half(x):
        return x / 0.0

    @kernel(cache=False)
    def twice(x):
        return 2 * half(x)

    assert for_python(half)(1.0) == twice(1.0) == float("inf")
