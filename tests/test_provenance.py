"""The fingerprint follows meaning, not spelling."""

import pytest
from fieldbench import provenance


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A toy workflow: a script that imports one module, which imports another; a third is picked by name."""
    package = tmp_path / "fieldbench"
    (package / "encoders").mkdir(parents=True)
    (tmp_path / "scripts").mkdir()
    for folder in (package, package / "encoders"):
        (folder / "__init__.py").write_text('"""Doc."""\n')
    (tmp_path / "scripts" / "step.py").write_text("from fieldbench.loop import fit\n\nfit()\n")
    (package / "loop.py").write_text(
        "import json\n\n\ndef fit():\n    from fieldbench import maths\n    return maths.x\n"
    )
    (package / "maths.py").write_text("x = 1\n")
    (package / "encoders" / "grid.py").write_text("def build():\n    return 1\n")
    (package / "unused.py").write_text("y = 1\n")
    monkeypatch.setattr(provenance, "WORKFLOW", tmp_path)
    yield tmp_path
    _forget()


def _forget():
    for cached in (provenance._tree, provenance._sources, provenance.file_hash):
        cached.cache_clear()
    for cached in (provenance.imported_files, provenance.fingerprint):
        cached.cache_clear()


def _after_edit(project, file, text):
    (project / file).write_text(text)
    _forget()
    return provenance.fingerprint(provenance.WORKFLOW / "scripts/step.py", "encoders.grid")


@pytest.fixture
def before(project):
    _forget()
    return provenance.fingerprint(provenance.WORKFLOW / "scripts/step.py", "encoders.grid")


def test_an_edit_in_a_module_imported_inside_a_function_changes_the_fingerprint(project, before):
    assert _after_edit(project, "fieldbench/maths.py", "x = 2\n") != before


def test_an_edit_in_a_module_picked_by_name_changes_the_fingerprint(project, before):
    assert _after_edit(project, "fieldbench/encoders/grid.py", "def build():\n    return 2\n") != before


def test_an_edit_of_the_source_of_a_module_changes_its_fingerprint_and_no_other(project, before):
    other = _after_edit(project, "fieldbench/encoders/sources.toml", 'mesh = "a"\n')
    assert other == before
    assert _after_edit(project, "fieldbench/encoders/sources.toml", 'mesh = "a"\ngrid = "a"\n') != before


@pytest.mark.parametrize(
    "text",
    ["x = 1  # why\n", '"""Now documented."""\n\nx = 1\n', "\n\nx   =   1\n"],
    ids=["comment", "docstring", "space"],
)
def test_comments_docstrings_and_layout_change_nothing(project, before, text):
    assert _after_edit(project, "fieldbench/maths.py", text) == before


def test_a_module_that_the_job_does_not_import_changes_nothing(project, before):
    assert _after_edit(project, "fieldbench/unused.py", "y = 2\n") == before


def test_how_a_job_is_run_changes_nothing(project):
    (project / "fieldbench" / "execution").mkdir()
    (project / "scripts" / "step.py").write_text(
        "from fieldbench.execution import step\nfrom fieldbench.loop import fit\n\nstep.run(fit)\n"
    )
    first = _after_edit(project, "fieldbench/execution/step.py", "x = 1\n")
    edited = "from fieldbench import unused\n\nx = 2\n"
    assert _after_edit(project, "fieldbench/execution/step.py", edited) == first
    assert _after_edit(project, "fieldbench/maths.py", "x = 2\n") != first


def test_a_module_that_does_not_exist_is_an_error(project):
    with pytest.raises(FileNotFoundError, match=r"encoders\.gird"):
        provenance.fingerprint(provenance.WORKFLOW / "scripts/step.py", "encoders.gird")


def test_environment_names_what_is_installed_and_what_is_not():
    found = provenance.environment("numpy", "no-such-package")
    assert found["numpy"][0].isdigit()
    assert found["no-such-package"] == "not installed"
    assert found["processor"]
