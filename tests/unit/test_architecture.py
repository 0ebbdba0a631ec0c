"""Rules of the house that no linter knows. Each checker is first shown a breach of its rule."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "devices", "edge", "projections", "infra")
TEXT = {".py", ".sql", ".js", ".css", ".html", ".toml", ".yaml", ".yml", ".conf", ".sh", ".md"}
MAX_LINES = 500
# Files that may catch everything, and files that may ask for the time of day.
# A fold that fails, however it does, stops its own view only.
CATCH_ALL = frozenset({"projections/runner.py", "projections/state.py"})
CLOCKS = frozenset({"core/clock.py"})
CLOCK_CALLS = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "asctime")),
}
# What is pure enough for a fold outside the standard library, and what is not, inside it.
FOLD_ALSO = {"msgspec"}
IMPURE = {
    *("asyncio", "ctypes", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random"),
    *("secrets", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile"),
    *("threading", "time", "urllib", "uuid"),
}


def files(*suffixes: str) -> list[str]:
    return sorted(
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in suffixes and "__pycache__" not in path.parts
    )


PYTHON = files(".py")


def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def relative_imports(text: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def catch_alls(text: str) -> list[int]:
    """Lines with a bare except, or one for Exception or BaseException, alone or among others."""

    def named(kind: ast.expr | None) -> Iterator[str]:
        if kind is None:
            yield "BaseException"
        elif isinstance(kind, ast.Tuple):
            for one in kind.elts:
                yield from named(one)
        else:
            yield ast.unparse(kind).rpartition(".")[2]

    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler)
        and {"Exception", "BaseException"} & set(named(node.type))
    ]


def clock_calls(text: str) -> list[int]:
    """Lines that name a wall clock, called or handed on, under whatever name it was imported."""
    tree = ast.parse(text)
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bound |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            bound |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, dot, rest = ast.unparse(node).partition(".")
            if bound.get(first, first) + dot + rest in CLOCK_CALLS:
                found.append(node.lineno)
    return found


def imported(text: str) -> set[str]:
    """Dotted names of everything imported, `from a import b` as a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{one.name}" for one in node.names}
    return names


def unfit_for_a_fold(text: str) -> set[str]:
    """Imports that are neither core's, nor a pure part of the standard library, nor our view's."""
    return {
        name
        for name in imported(text)
        if (top := name.partition(".")[0]) not in {"core", "projections", *FOLD_ALSO}
        and (top not in sys.stdlib_module_names or top in IMPURE)
    }


def reached(path: str) -> set[str]:
    """`path` and every module of projections that it imports, directly or not."""
    seen: set[str] = set()
    waiting = [path]
    while waiting:
        seen.add(now := waiting.pop())
        for name in imported(source(now)):
            if name.startswith("projections."):
                for module in (name, name.rpartition(".")[0]):
                    file = module.replace(".", "/") + ".py"
                    if (ROOT / file).is_file() and file not in seen:
                        waiting.append(file)
    return seen


@pytest.mark.parametrize("path", files(*TEXT))
def test_no_file_is_over_500_lines(path: str) -> None:
    assert len(source(path).splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", [path for path in PYTHON if path.endswith("__init__.py")])
def test_package_files_are_empty(path: str) -> None:
    assert source(path) == ""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_package(package: str) -> None:
    folders = {Path(path).parent for path in PYTHON if path.startswith(f"{package}/")}
    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").is_file()] == []


def test_the_checkers_see_a_breach() -> None:
    assert relative_imports("from . import x\nfrom .. import y\nimport z\n") == [1, 2]
    for caught in ("Exception", "BaseException", "(OSError, Exception)", "builtins.Exception", ""):
        assert catch_alls(f"try:\n    pass\nexcept {caught}:\n    pass\n") == [3], caught
    assert catch_alls("try:\n    pass\nexcept (OSError, ValueError):\n    pass\n") == []
    for text in (
        "import time\nx = time.time()",
        "import time as t\nx = t.time_ns",
        "from time import time\nx = time()",
        "from datetime import datetime\nx = datetime.now()",
        "import datetime as d\nx = d.datetime.utcnow()",
        "from datetime import date as day\nx = day.today()",
    ):
        assert clock_calls(text) == [2], text
    assert clock_calls("import time\nfrom datetime import datetime\nx = time.monotonic()") == []
    assert unfit_for_a_fold("import os\nimport psycopg\nfrom time import time\nimport infra.x") == {
        "os", "psycopg", "time.time", "infra.x",
    }  # fmt: skip
    assert unfit_for_a_fold("import math\nfrom core import event\nimport msgspec") == set()


@pytest.mark.parametrize("path", PYTHON)
def test_imports_are_absolute(path: str) -> None:
    assert relative_imports(source(path)) == []


@pytest.mark.parametrize("path", sorted(set(PYTHON) - CATCH_ALL))
def test_nothing_catches_everything(path: str) -> None:
    assert catch_alls(source(path)) == []


@pytest.mark.parametrize("path", sorted(set(PYTHON) - CLOCKS))
def test_the_time_of_day_is_asked_in_one_place(path: str) -> None:
    assert clock_calls(source(path)) == []


def test_the_lists_of_exceptions_name_files_that_need_them() -> None:
    assert all(catch_alls(source(path)) for path in CATCH_ALL)
    assert all(clock_calls(source(path)) for path in CLOCKS)


def test_a_fold_and_all_it_imports_is_pure() -> None:
    """Core, the standard library without its clocks and handles, and own modules like it (I5)."""
    folds = [
        path for path in PYTHON if path.startswith("projections/") and "fold" in Path(path).stem
    ]
    unfit = {
        path: names
        for fold in folds
        for path in reached(fold)
        if (names := unfit_for_a_fold(source(path)))
    }
    assert unfit == {}


def test_the_import_contracts_hold() -> None:
    """In a process of its own: it turns off the loggers that are there."""
    lint = "import sys; from importlinter.cli import lint_imports as lint; sys.exit(lint())"
    ran = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_brings_a_package_of_our_name(package: str) -> None:
    assert set(packages_distributions().get(package, ())) <= {"menwei"}
