"""Who may import whom: the layers of docs/architecture.md, read from the sources."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "workflow" / "fieldbench"
FILES = sorted(PACKAGE.rglob("*.py"))
AREAS = ("inversion", "sparse", "compression", "radiance")
NO_TORCH = ("datasets", "physics", "figures", "report", "metrics", "sparse/methods")
STANDARD_ONLY = (
    "errors.py",
    "execution/*.py",
    "files.py",
    "plan.py",
    "provenance.py",
    "record.py",
    "radiance/spec.py",
    "registry.py",
    "sparse/catalogue.py",
    "sparse/factors.py",
    "sparse/spec.py",
    "sparse/versions.py",
)
LAYERS = {  # folder -> the fieldbench folders and modules that it may import, besides its own and errors
    "execution": {"files", "plan"},
    "physics": set(),
    "datasets": {"physics", "io", "files", "ffmpeg"},
    "kernels": set(),
    "networks": {"kernels"},
    "encoders": {"kernels", "networks", "registry"},
    "metrics": {"physics"},
    "training": {"metrics", "io", "files", "kernels"},
    "figures": {"report", "physics", "metrics", "io", "files"},
    "report": {"metrics", "io", "files", "record"},
}


def imports(file):
    """Top-level package names and dotted fieldbench modules that a file imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module
            if node.module == "fieldbench":
                yield from (f"fieldbench.{alias.name}" for alias in node.names)


def part(file):
    return file.relative_to(PACKAGE).parts[0]


def test_areas_do_not_import_one_another_and_nothing_imports_scripts():
    for file in FILES:
        for name in imports(file):
            assert not name.startswith("scripts"), file
            if part(file) in AREAS:
                others = [area for area in AREAS if area != part(file)]
                assert not any(name.startswith(f"fieldbench.{area}") for area in others), file


@pytest.mark.parametrize("folder", NO_TORCH)
def test_what_a_report_needs_does_not_import_torch(folder):
    for file in (PACKAGE / folder).glob("*.py"):
        heavy = ("torch",) if folder == "sparse/methods" else ("torch", "numba")
        assert not any(name.split(".")[0] in heavy for name in imports(file)), file


@pytest.mark.parametrize("pattern", STANDARD_ONLY)
def test_what_a_dry_run_needs_is_standard_library(pattern):
    for found in (name for file in PACKAGE.glob(pattern) for name in imports(file)):
        top = found.split(".")[0]
        assert top == "fieldbench" or top in sys.stdlib_module_names, found


@pytest.mark.parametrize("folder", sorted(LAYERS))
def test_layers_import_only_what_lies_below_them(folder):
    allowed = LAYERS[folder] | {folder, "errors"}
    for file in (PACKAGE / folder).glob("*.py"):
        for name in imports(file):
            if name.startswith("fieldbench."):
                assert name.split(".")[1] in allowed, f"{file.name} imports {name}"


def test_package_files_hold_a_docstring_only():
    for file in PACKAGE.rglob("__init__.py"):
        body = ast.parse(file.read_text()).body
        assert len(body) == 1 and ast.get_docstring(ast.parse(file.read_text())), file
