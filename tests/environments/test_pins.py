"""The environments' lists name the versions of the locks, and hold what their rules import."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml
from fieldbench import provenance
from fieldbench.provenance import WORKFLOW

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
LIST_NAMES = {"torch": "pytorch", "PIL": "pillow", "yaml": "pyyaml", "sklearn": "scikit-learn"}
BROUGHT_ALONG = {"pydantic_core": "pydantic", "cftime": "netcdf4", "threadpoolctl": "scikit-learn"}
OF_SNAKEMAKE = {"snakemake"}  # is on the path of every script
OF_A_DEVICE = {"triton"}  # comes with torch for CUDA, and is asked for there only
CHOSEN_BY_NAME = {  # script -> what the configuration makes it load, as `registry` finds it
    "prepare_data.py": ["datasets/*.py"],
    "train_encoder.py": ["encoders/*.py"],
    "time_encoders.py": ["encoders/*.py"],
    "train_sparse.py": ["networks/*.py"],
    "reconstruct.py": ["sparse/methods/*.py"],
    "encode.py": ["compression/codecs/*.py", "compression/forms/*.py"],
    "decode.py": ["compression/codecs/*.py", "compression/forms/*.py"],
    "compress_standard.py": ["compression/standard/*.py"],
    "train_radiance.py": ["radiance/fields/*.py"],
    "render_views.py": ["radiance/fields/*.py"],
    "radiance_orbit.py": ["radiance/fields/*.py"],
    "take_scene.py": ["radiance/fields/*.py"],
    "figure.py": ["*/figures/*.py"],
    "collect.py": ["*/report/*.py"],
    "claims.py": ["*/report/*.py"],
    "page.py": ["*/report/*.py"],
}


def locked():
    pins = {}
    for file in (ROOT / "requirements").glob("*.txt"):
        for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", file.read_text(), re.M):
            pins[name] = re.sub(r"\.post\d+$", "", version)
    return pins


def pins(file):
    entries = yaml.safe_load(file.read_text())["dependencies"]
    conda = [entry for entry in entries if isinstance(entry, str) and entry != "pip"]
    pip = [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    return dict([*(entry.split("=", 1) for entry in conda), *(line.split("==") for line in pip)])


def rules():
    """(rule, environment, script) of every rule that runs a script."""
    for file in sorted((WORKFLOW / "rules").glob("*.smk")):
        for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", file.read_text(), re.M | re.S):
            if script := re.search(r"scripts/(\w+\.py)", body):
                environment = re.search(r"envs/(\w+)\.yaml", body)
                yield pytest.param(environment and environment[1], script[1], id=name)


def third_party(file):
    """The packages, by the names of their imports, that a file imports at its top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {provenance.PACKAGE} - OF_SNAKEMAKE - OF_A_DEVICE


def imported(script):
    """The packages that a script and all that it may load import, by the names of a list."""
    files = [WORKFLOW / "scripts" / script]
    for pattern in CHOSEN_BY_NAME.get(script, []):
        files += (WORKFLOW / provenance.PACKAGE).glob(pattern)
    running = WORKFLOW / provenance.PACKAGE / "execution" / "step.py"
    names = set().union(*map(third_party, provenance.closure(*files, running)))
    return {LIST_NAMES.get(name, name).replace("_", "-").lower() for name in names - set(BROUGHT_ALONG)}


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.stem)
def test_conda_pins_equal_the_pip_locks(file):
    lock = locked()
    for name, version in pins(file).items():
        if name != "python":
            assert lock["torch" if name == "pytorch" else name] == version, name


def test_only_the_training_environment_holds_torch():
    assert [file.stem for file in ENVIRONMENTS if "pytorch" in pins(file)] == ["train"]


@pytest.mark.parametrize(("environment", "script"), list(rules()))
def test_a_rules_environment_lists_all_that_it_imports(environment, script):
    listed = set(pins(ROOT / "envs" / f"{environment}.yaml"))
    assert imported(script) <= listed, sorted(imported(script) - listed)


@pytest.mark.parametrize("pattern", sorted({pattern for all in CHOSEN_BY_NAME.values() for pattern in all}))
def test_what_is_chosen_by_name_is_there(pattern):
    assert list((WORKFLOW / provenance.PACKAGE).glob(pattern))


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_every_package_of_a_lock_has_a_hash_and_torch_has_one_version(kind):
    for file in (ROOT / "requirements" / f"{kind}.txt", ROOT / "requirements" / "common.txt"):
        for entry in re.split(r"\n(?=[a-z])", file.read_text()):
            assert "--hash=sha256:" in entry or not re.match(r"[a-z]", entry), entry
    assert f"torch=={locked()['torch']} \\" in (ROOT / "requirements" / f"{kind}.txt").read_text()
