"""How large modules and functions may grow."""

import statistics

import pytest

from tests.house import reading

MODULE_LINES = 300
# Fields and screens are lists; they may be a little longer.
LIST_MODULE_LINES = 350
FUNCTION_LINES = 40
NINE_IN_TEN_FUNCTION_LINES = 20
MEDIAN_FUNCTION_LINES = 8


def _lengths(*folders):
    return sorted(
        reading.count_lines(function)
        for module in reading.read(*folders)
        for function in module.functions()
    )


def _limit(module):
    is_list = {"models", "admin"} & set(module.path.with_suffix("").parts)
    return LIST_MODULE_LINES if is_list else MODULE_LINES


def test_modules_stay_short():
    """No module has more than 300 lines, models and admin 350."""
    modules = reading.read(*reading.PACKAGES, "tests")

    sizes = {module: len(module.text.splitlines()) for module in modules}

    assert [m.place for m, size in sizes.items() if size > _limit(m)] == []


def test_functions_stay_short():
    """No function has more than 40 lines, its docstring not counted."""
    modules = reading.read(*reading.PACKAGES, "tests")

    long = [
        f"{module.at(function)} {function.name}"
        for module in modules
        for function in module.functions()
        if reading.count_lines(function) > FUNCTION_LINES
    ]

    assert long == []


@pytest.mark.parametrize("package", reading.PACKAGES)
def test_most_functions_are_small(package):
    """Half of a package's functions are under 8 lines, nine in ten under 20."""
    sizes = _lengths(package)

    assert statistics.median(sizes) < MEDIAN_FUNCTION_LINES
    assert sizes[int(len(sizes) * 0.9)] < NINE_IN_TEN_FUNCTION_LINES


def test_module_names_say_something():
    """No module is named for being shared; such a name attracts everything."""
    empty_names = {"utils", "helpers", "common", "managers", "constants", "misc"}

    modules = reading.read(*reading.PACKAGES, "tests")

    assert [m.place for m in modules if m.path.stem in empty_names] == []


def test_package_files_stay_empty():
    """An __init__.py is empty, except where models and admin are put together."""
    gathering = {"models", "admin"}

    modules = reading.read(*reading.PACKAGES)

    assert [
        module.place
        for module in modules
        if module.path.name == "__init__.py"
        and module.text.strip()
        and module.path.parent.name not in gathering
    ] == []
