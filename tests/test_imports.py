"""Who may import whom: the layers of docs/architecture.md, by import-linter, with every area that exists."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from fieldbench import registry

WORKFLOW = Path(__file__).resolve().parents[1] / "workflow"
AREAS = [f"fieldbench.{area}" for area in registry.areas()]
DRAWN = [f"{area}.{part}" for area in AREAS for part in ("plan", "report", "figures")]
HEAVY = ("torch", "numba", "triton")
THIRD_PARTY = ("numpy", "pandas", "scipy", "xarray", "matplotlib", "pydantic", "yaml", *HEAVY)
LAYERS = (  # a line may import those below it; modules that `|` separates do not import one another
    "cli",
    " | ".join(registry.areas()),
    "studies",
    "config",
    "report | figures | monitor",
    "training",
    "encoders",
    "networks",
    "kernels",
    "datasets",
    "metrics | planning",
    "experiments",
    "models | physics | io",
    "values | registry | provenance | record | devices | execution | ffmpeg | delivery",
    "files",
    "errors",
)


CORE = ("errors", "files", "registry", "provenance", "record", "execution")
# In a function, once the job has claimed its GPUs: importing the module loads the standard library alone.
AS_A_JOB_RUNS = ["fieldbench.execution.trial -> fieldbench.**"]


def contract(name, kind, **lists):
    """One section of import-linter's configuration."""
    lines = [f"[importlinter:contract:{name}]", f"name = {name}", f"type = {kind}"]
    for key, values in lists.items():
        lines += [f"{key} =", *(f"    {value}" for value in values)]
    return "\n".join(lines) + "\n"


CONTRACTS = {
    "areas import no other area": contract("areas", "independence", modules=AREAS),
    "layers": contract("layers", "layers", layers=[
        " | ".join(f"fieldbench.{name}" for name in line.split(" | ")) for line in LAYERS
    ], ignore_imports=AS_A_JOB_RUNS),
    "regenerating the report loads no torch": contract(
        "torch", "forbidden",
        source_modules=["fieldbench.report", "fieldbench.figures", "fieldbench.datasets", "fieldbench.physics", *DRAWN],
        forbidden_modules=HEAVY,
    ),
    "a dry run's core is standard library": contract(
        "standard", "forbidden",
        source_modules=[f"fieldbench.{name}" for name in CORE],
        forbidden_modules=THIRD_PARTY,
        ignore_imports=AS_A_JOB_RUNS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRACTS)
def test_imports_keep_the_contract(name, tmp_path):
    head = "[importlinter]\nroot_package = fieldbench\ninclude_external_packages = True\n\n"
    (tmp_path / "contracts.ini").write_text(head + CONTRACTS[name])
    command = [str(Path(sys.executable).parent / "lint-imports"), "contracts.ini", "--no-cache"]
    checked = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(WORKFLOW)}, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout[-3000:] + checked.stderr


def test_imports_are_absolute_and_name_no_script():
    for file in (WORKFLOW / "fieldbench").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0 and not node.module.startswith("scripts"), file


def test_package_files_hold_a_docstring_only():
    for file in WORKFLOW.rglob("__init__.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert len(tree.body) == 1 and ast.get_docstring(tree), file
