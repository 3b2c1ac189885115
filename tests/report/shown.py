"""What the report shows of a study, whatever the area: that its parts fit one another."""

import base64
import io
import json

from fieldbench import registry
from fieldbench.report import vega
from PIL import Image

PARTS = ("cards", "plots", "pictures")


def parts(study):
    """Cards, plots and galleries of a study, by the modules that its area has or takes from the house."""
    cards, plots, pictures = (registry.part(study.about["area"], f"report.{name}") for name in PARTS)
    return check(cards.cards(study), plots.plots(study), pictures.galleries(study))


def check(cards, plots, galleries):
    """The same, galleries by name, once their pictures have one size and plots have numbers."""
    named = {gallery.name: gallery for gallery in galleries}
    assert len(named) == len(galleries)
    for gallery in galleries:
        assert set(gallery.shown) <= set(gallery.pictures) and len(gallery.pictures) > 1
        assert len({size(picture) for picture in gallery.pictures.values()}) == 1
    for plot in plots:
        assert plot.rows and json.dumps(vega.spec(plot), allow_nan=False)
    return cards, plots, named


def size(address):
    """Pixels of a picture."""
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).size
