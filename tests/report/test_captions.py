"""The captions of Snakemake's report, rendered as it renders them."""

from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from docutils.core import publish_parts
from fieldbench import registry

FOLDER = Path(__file__).resolve().parents[2] / "workflow" / "report"


def caption(file, config, **entry):
    """HTML of a caption, for plage-synthetic."""
    wildcards = SimpleNamespace(dataset="plage-synthetic", figure="maps")
    about = SimpleNamespace(params=SimpleNamespace(entry=entry), wildcards=wildcards, config=config)
    text = jinja2.Template((FOLDER / file).read_text()).render(snakemake=about)
    return publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["body"]


@pytest.mark.parametrize("name", registry.known_types("figures"))
def test_every_figure_has_a_caption_that_names_its_data_set(name, full_config):
    html = caption("figure.rst", full_config, type=name, caption="from the configuration")
    assert "plage-synthetic" in html and "{" not in html


def test_a_new_figure_takes_its_caption_from_the_configuration(full_config):
    assert "Spectra of everything" in caption(
        "figure.rst", full_config, type="new", caption="Spectra of everything"
    )


@pytest.mark.parametrize("file", ["benchmark.rst", "claims.rst", "workflow.rst"])
def test_pages_have_captions(file, full_config):
    assert len(caption(file, full_config)) > 80
