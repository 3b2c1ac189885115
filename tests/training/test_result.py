"""What a training leaves, as files."""

import pytest
import torch
import xarray as xr
from fieldbench.errors import UserError
from fieldbench.io import open_dataset
from fieldbench.training.result import Result
from torch import nn


def test_each_kind_of_output_has_its_file(tmp_path):
    model, field = nn.Linear(2, 1), xr.Dataset({"field": ("x", [1.0, 2.0])})
    state = {"b_los": {"scale": 2.0, "weight": torch.ones(2)}}
    outputs = {"field": field, "coded": b"bytes", "model": model, "state": state, "none": {}}
    paths = {name: str(tmp_path / f"{name}.out") for name in outputs}
    Result(outputs).save({**paths, "record": str(tmp_path / "training.json")})
    assert open_dataset(paths["field"]).identical(field)
    assert (tmp_path / "coded.out").read_bytes() == b"bytes"
    read = {name: torch.load(paths[name], weights_only=True) for name in ("model", "state", "none")}
    assert torch.equal(read["model"]["weight"], model.weight) and read["none"] == {}
    assert read["state"]["b_los"]["scale"] == 2.0
    assert {file.name for file in tmp_path.iterdir()} == {f"{name}.out" for name in outputs}


def test_a_file_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Cannot write"):
        Result({"coded": b""}).save({"coded": str(tmp_path / "file" / "coded.fbc")})
