"""Which experiments are about data of the catalogue."""

import pytest
from fieldbench import experiments


@pytest.mark.parametrize(
    ("data", "expected"), [(["mic"], True), (["mine"], False), (["mine", "simple"], True), ([], False)]
)
def test_data_that_no_catalogue_has_are_the_user_s_own(tmp_path, data, expected):
    (tmp_path / "radiance.yaml").write_text("datasets: { mic: { type: scene_transforms } }")
    (tmp_path / "sparse.yaml").write_text("sparse: { tasks: { simple: { dataset: waves } } }")
    config = {
        "run": ["scenes"],
        "experiments": {
            "scenes": {"area": "radiance", "data": data},
            "other": {"area": "radiance", "data": ["mic"]},
        },
    }
    assert experiments.of_catalogue(config, "radiance", sorted(tmp_path.glob("*.yaml"))) is expected
    assert not experiments.of_catalogue(config, "sparse", sorted(tmp_path.glob("*.yaml")))
