"""Which source files a job depends on, as one fingerprint.

Snakemake does not see an edit in an imported module, and it does see a touched script. A fingerprint over the syntax
trees of a script and of everything it imports from fieldbench is put among the job's params instead: a change of
meaning reruns the job, a comment or docstring does not. What a `sources.toml` says of a module counts as part of it.
Standard library only, since every dry run evaluates it.
"""

import ast
import hashlib
import platform
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

WORKFLOW = Path(__file__).resolve().parents[1]
PACKAGE = "fieldbench"
LEFT_OUT = "execution"  # how jobs run, not what they compute: an edit there must not repeat a training


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and ast.get_docstring(node):
            node.body = node.body[1:]
    return tree


@cache
def _tree(file: Path) -> ast.Module:
    return _without_docstrings(ast.parse(file.read_text(encoding="utf-8")))


@cache
def _sources(folder: Path) -> dict[str, Any]:
    file = folder / "sources.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


@cache
def file_hash(file: Path) -> str:
    """SHA-256 of the syntax tree of `file`, without docstrings, and of its entry in a `sources.toml` beside it."""
    source = _sources(file.parent).get(file.stem, "")
    return hashlib.sha256(f"{ast.dump(_tree(file))}{source}".encode()).hexdigest()


def module_file(module: str) -> Path | None:
    """The file of a dotted fieldbench module, or None where the name is not a module."""
    base = WORKFLOW.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.exists():
            return candidate
    return None


@cache
def imported_files(file: Path) -> frozenset[Path]:
    """The fieldbench files that `file` imports directly, at its top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    own = (name for name in names if name.split(".")[0] == PACKAGE)
    found = {path for name in own if (path := module_file(name))}
    return frozenset(path for path in found if path.parent.name != LEFT_OUT)


def closure(*files: Path) -> set[Path]:
    """All fieldbench files that `files` import, directly or not, with `files` themselves."""
    seen: set[Path] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting.extend(imported_files(file))
    return seen


@cache
def fingerprint(script: str | Path, *modules: str) -> str:
    """A fingerprint of a script with the modules that its wildcards pick by name.

    Args:
        script: its file, wherever it lies.
        modules: dotted names under `fieldbench`, such as "encoders.multigrid".

    Raises:
        FileNotFoundError: a module or the script does not exist.
    """
    files = [Path(script)]
    for module in modules:
        file = module_file(f"{PACKAGE}.{module}")
        if file is None:
            raise FileNotFoundError(f"no module fieldbench.{module}")
        files.append(file)
    names = {path: path.name if path == files[0] else path.relative_to(WORKFLOW) for path in closure(*files)}
    lines = sorted(f"{name} {file_hash(path)}" for path, name in names.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )


def environment(*packages: str) -> dict[str, str]:
    """Processor, Python and the installed version of each of `packages`, for a record."""
    found = {"processor": _processor(), "python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
