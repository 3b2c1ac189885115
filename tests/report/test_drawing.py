"""A configuration entry becomes files, or one clear sentence."""

import pytest
from fieldbench import registry
from fieldbench.errors import UserError
from fieldbench.figures import drawing
from matplotlib.figure import Figure


def test_an_entry_is_drawn_with_its_options_into_every_format(tmp_path, monkeypatch):
    asked = []

    def build(folder, name, study, **options):
        asked.append((folder, name, study, options))
        return Figure()

    monkeypatch.setattr(registry, "build", build)
    paths = [str(tmp_path / name) for name in ("a.svg", "a.png")]
    drawing.save("inversion", "study", {"type": "maps", "field": 3}, *paths)
    assert asked == [("inversion/figures", "maps", "study", {"field": 3})]
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 2


def test_an_unknown_type_names_the_known_ones(tmp_path):
    with pytest.raises(UserError, match=r"'map'.*maps"):
        drawing.save("inversion", None, {"type": "map"}, str(tmp_path / "a.png"))
