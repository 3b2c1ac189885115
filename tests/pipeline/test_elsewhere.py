"""The workflow from outside its own folder: by -s and -d, as a module, and as what snakedeploy makes of it."""

import json
import stat
import subprocess
import sysconfig
import venv

import pytest
import xarray as xr
import yaml

from tests.project import Project, snakemake

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("pipeline")]

STUDY = {
    "pathvars": {"results": "my results"},
    "download": False,
    "device": "cpu",
    "run": ["grid-free"],
    "datasets": {"plage-synthetic": {"with": {"shape": [8, 8]}}},
    "experiments": {"grid-free": {"data": ["plage-synthetic"], "methods": ["pixelwise"]}},
}
DEPLOYED = """\
configfile: "config/config.yaml"

module fieldbench:
    snakefile:
        {snakefile}
    config:
        config
    {more}

use rule * from fieldbench as fieldbench_*
"""


def environment(folder):
    """The Python of a new environment in a folder, which has what this one has."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/*/site-packages")
    (packages / "all.pth").write_text(sysconfig.get_path("purelib"))
    return python


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a space and letters beyond ASCII, with the workflow in it and a study in a folder beside it."""
    folder = tmp_path_factory.mktemp("naïve Größe")
    (folder / "checkout").mkdir()
    Project(folder / "checkout")
    for name in ("elsewhere", "deployed"):
        (folder / name / "config").mkdir(parents=True)
        (folder / name / "config" / "config.yaml").write_text(yaml.safe_dump(STUDY))
    return folder


def test_another_folder_another_home_and_another_umask(place):
    project, elsewhere = place / "checkout", place / "elsewhere"
    module = project / "workflow/fieldbench/datasets/plage_synthetic.py"
    module.write_text(module.read_text().replace('"Generated plage"', '"Of this checkout"'))
    arguments = ("-s", project / "workflow/Snakefile", "-d", elsewhere, "--cores", "2")
    study = ("--configfile", elsewhere / "config/config.yaml")
    target = "my results/inversion.md"
    python = environment(place / "an environment")
    done = snakemake(
        *arguments, target, *study, python=python, cwd=place, umask=0o077, HOME=None, PYTHONPATH=None
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = elsewhere / "my results"
    data = xr.open_dataset(results / "data/plage-synthetic.nc")
    assert data.attrs["title"] == "Of this checkout", "jobs use the library beside their workflow"
    made = [path for path in results.rglob("*") if path.is_file()]
    assert results / "plan.json" in made and results / "inversion.md" in made
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made} == {0}, "the umask holds"
    again = snakemake(*arguments, "-n", target, *study, cwd=place, HOME=None, PYTHONPATH=None)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_a_module_from_a_repository_with_a_prefix(place, tmp_path):
    """As snakedeploy writes it; git is told that the address is a folder of this machine."""
    repository, deployed = place / "checkout", place / "deployed"
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"], ["tag", "v1"]):
        author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        subprocess.run(["git", *author, *command], cwd=repository, check=True)
    where = 'github("somebody/fieldbench", path="workflow/Snakefile", tag="v1")'
    (deployed / "Snakefile").write_text(DEPLOYED.format(snakefile=where, more='prefix: "bench"'))
    (tmp_path / "gitconfig").write_text(
        f'[url "file://{repository}"]\n\tinsteadOf = https://github.com/somebody/fieldbench\n'
    )
    environment = {
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(repository / "workflow"),  # as if the package were installed
    }
    done = snakemake(
        "--cores", "2", "bench/my results/tables/inversion_claims.csv", cwd=deployed, **environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    plan = json.loads((deployed / "bench/my results/plan.json").read_text())
    assert "logs/data/plage-synthetic.log" in {job["log"] for job in plan["jobs"]}, "`onstart` was heard"


def test_a_modules_results_lie_where_who_uses_it_says(place):
    folder = place / "deployed"
    text = DEPLOYED.format(snakefile='"../checkout/workflow/Snakefile"', more='pathvars: results="theirs"')
    own = {key: value for key, value in STUDY.items() if key != "pathvars"}
    (folder / "config/own.yaml").write_text(yaml.safe_dump(own))
    (folder / "local.smk").write_text(text.replace("config/config.yaml", "config/own.yaml"))
    done = snakemake("-s", "local.smk", "-n", "--cores", "1", "theirs/inversion.md", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fieldbench_page" in done.stdout and "results/full" not in done.stdout
