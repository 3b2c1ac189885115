"""The captions of Snakemake's report, rendered as it renders them."""

from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from docutils.core import publish_parts
from fieldbench import registry
from fieldbench.figures import drawing

FOLDER = Path(__file__).resolve().parents[2] / "workflow" / "report"
FIGURES = [(area, name) for area in registry.areas() for name in registry.known_types(f"{area}/figures")]


def rendered(file, config=None, **params):
    """HTML of a caption."""
    about = SimpleNamespace(params=SimpleNamespace(**params), config=config)
    text = jinja2.Template((FOLDER / file).read_text()).render(snakemake=about)
    return publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["body"]


@pytest.mark.parametrize(("area", "name"), FIGURES)
def test_every_figure_has_a_caption_that_names_its_data_set(area, name):
    caption = drawing.caption(area, {"type": name, "dataset": "plage-synthetic"})
    html = rendered("figure.rst", caption=caption)
    assert "plage-synthetic" in html and "{" not in html


def test_a_figure_of_no_single_task_says_so():
    assert "test fields of all tasks" in drawing.caption("sparse", {"type": "bar"})


@pytest.mark.parametrize("area", registry.areas())
def test_every_page_has_a_caption_that_names_its_question(area):
    question = registry.part(area, "plan").QUESTION
    assert question in rendered("page.rst", question=question)


@pytest.mark.parametrize("file", ["claims.rst", "report.rst", "workflow.rst"])
def test_other_pages_have_captions(file, full_config):
    assert len(rendered(file, full_config)) > 80
