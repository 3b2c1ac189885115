"""What commands share that hand a file over."""

import pytest
from fieldbench import delivery
from fieldbench.errors import UserError

SUFFIXES = (".fits", ".fit", ".nc")


def test_a_target_that_cannot_be_written_is_refused(tmp_path):
    cube = tmp_path / "cube.fits"
    with pytest.raises(UserError, match=r"field\.png must end in \.fits, \.fit or \.nc"):
        delivery.require_target(tmp_path / "field.png", SUFFIXES, [cube])
    with pytest.raises(UserError, match=r"map\.png must end in \.nc;"):
        delivery.require_target(tmp_path / "map.png", (".nc",), [cube])
    with pytest.raises(UserError, match="is what it would be made from"):
        delivery.require_target(cube, SUFFIXES, [tmp_path / "other.fits", cube])
    (tmp_path / "folder.nc").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        delivery.require_target(tmp_path / "folder.nc", SUFFIXES, [cube])
    kept = tmp_path / "kept.fits"
    kept.write_text("precious")
    delivery.require_target(kept, SUFFIXES, [cube])
    kept.chmod(0o444)
    with pytest.raises(UserError, match="is read-only; make it writable"):
        delivery.require_target(kept, SUFFIXES, [cube])


def test_a_study_comes_back_and_an_edited_one_is_kept(tmp_path):
    path = tmp_path / "map.yaml"
    delivery.write_study(path, {"grid": 0.5}, "map", "Keys.")
    assert delivery.read_study(path) == {"grid": 0.5}
    delivery.write_study(path, {"grid": 1.0}, "map", "Keys.")  # nobody edited the first
    edited = path.read_text().replace("1.0", "2.0")
    path.write_text(edited)
    with pytest.raises(
        UserError, match=r"map\.yaml was edited, and is not overwritten: run it by `fieldbench map"
    ):
        delivery.write_study(path, {"grid": 1.0}, "map", "Keys.")
    assert path.read_text() == edited


def test_words_are_values_of_yaml():
    assert delivery.assigned(["hdu=1", "stokes=[I, V]"]) == {"hdu": 1, "stokes": ["I", "V"]}
    with pytest.raises(UserError, match="has not the form KEY=VALUE"):
        delivery.assigned(["hdu"])
