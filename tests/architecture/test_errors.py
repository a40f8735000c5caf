"""What scripts and people may rely on when something fails."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re

import pytest

import worklog.service
from tests.architecture.source import dotted, modules
from worklog.errors import WorklogError, registry

# The numbers are promised; they are only ever added to.
EXIT_STATUS = {
    1: "bug",
    2: "usage",
    3: "partial",
    4: "findings",
    10: "not-tracking",
    11: "already-tracking",
    12: "not-found",
    13: "invalid-time",
    14: "locked",
    15: "policy",
    16: "conflict",
    17: "erased",
    20: "cache-corrupt",
    21: "cache-busy",
    22: "cache-too-new",
    23: "cache-unwritable",
    30: "service-unreachable",
    31: "service-auth",
    32: "service-rejected",
    33: "service-protocol",
    34: "version-refused",
    40: "capture-unavailable",
    41: "capture-denied",
    50: "config-invalid",
}
ERRORS = registry()


def everything_below(error: type[WorklogError]) -> set[type[WorklogError]]:
    below = set(error.__subclasses__())
    return below.union(*(everything_below(child) for child in below))


def test_exit_statuses_are_the_promised_ones() -> None:
    """1 is no class: a bug crashes with a traceback, and Python exits with it."""
    assert {error.exit_code: error.code for error in ERRORS} | {1: "bug"} == EXIT_STATUS


def test_each_exit_status_and_each_code_belongs_to_one_error() -> None:
    assert len({error.exit_code for error in ERRORS}) == len(ERRORS)
    assert len({error.code for error in ERRORS}) == len(ERRORS)


def test_an_error_below_another_is_told_as_that_one() -> None:
    """It is there to be caught more closely; scripts and tables know the one above."""
    closer = everything_below(WorklogError) - set(ERRORS)

    assert [
        error.__name__
        for error in closer
        if error.__module__.startswith("worklog.")
        and {"code", "exit_code", "http_status"} & set(vars(error))
    ] == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_an_error_says_what_it_is_and_how_it_travels(error: type[WorklogError]) -> None:
    assert error.__doc__ is not None
    assert error.__name__.endswith("Error")
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    assert error.http_status in {200, 207} or 400 <= error.http_status < 600


def raised() -> list[tuple[str, ast.Call]]:
    """Return every place where the program makes one of its errors."""
    for module in pkgutil.walk_packages(worklog.service.__path__, "worklog.service."):
        if ".migrations" not in module.name:  # run by Alembic only
            importlib.import_module(module.name)
    names = {
        error.__name__
        for error in everything_below(WorklogError)
        if "hint" in inspect.signature(error).parameters  # else it brings its own
    }
    return [
        (module.at(node), node)
        for module in modules("worklog")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func) in names
    ]


def test_every_failure_tells_what_to_do_next() -> None:
    """A `hint=` that is there; whether it helps is for a reader to judge."""
    without = [
        where
        for where, call in raised()
        if not any(word.arg == "hint" or word.arg is None for word in call.keywords)
    ]

    assert without == []


def test_a_hint_is_a_sentence() -> None:
    """It may open with a command in backticks; otherwise it opens with a capital."""
    odd = [
        f"{where} {text!r}"
        for where, call in raised()
        for word in call.keywords
        if word.arg == "hint"
        and isinstance(word.value, ast.Constant)
        and isinstance(text := word.value.value, str)
        and not re.fullmatch(r"[A-Z`].*[.?]`?", text, re.DOTALL)
    ]

    assert odd == []
