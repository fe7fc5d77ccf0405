"""The domain computes in whole numbers and knows neither clock nor dice."""

import ast

import pytest

from tests.house import reading

DOMAINS = ("store/domain", "donations/domain")
UNFIT_MODULES = {"random", "secrets", "time"}


def _find(matches):
    return [
        module.at(node)
        for module in reading.read(*DOMAINS)
        for node in ast.walk(module.tree)
        if matches(node)
    ]


def _is_float(node):
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.Call) and reading.chain(node) == ["float"]


def _is_unfit_import(node):
    if isinstance(node, ast.ImportFrom):
        return node.module in UNFIT_MODULES
    return isinstance(node, ast.Import) and bool(
        UNFIT_MODULES & {alias.name for alias in node.names}
    )


@pytest.mark.checklist("M1")
def test_domain_has_no_float():
    """No float constant, no conversion to float and no true division in domain."""
    assert _find(_is_float) == []


def test_domain_is_given_time_and_chance():
    """Domain modules import neither a clock nor a source of randomness."""
    assert _find(_is_unfit_import) == []
