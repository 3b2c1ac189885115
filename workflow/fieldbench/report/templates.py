"""Filling the page templates, and what the report is made with besides."""

import re
from pathlib import Path
from typing import Any

import jinja2

HTML = re.compile(r'<(?=[A-Za-z/!?])(?!a id="[a-z0-9-]+"></a>|/a>)')
FOLDER = Path(__file__).resolve().parents[1] / "templates"
ASSETS = Path(__file__).resolve().parent / "assets"
REPORT = FOLDER / "report.html.j2"


def file(name: str) -> Path:
    """Where the template of a page lies, such as "index"."""
    return FOLDER / f"{name}.md.j2"


def render(name: str, **content: Any) -> str:
    """Fill `fieldbench/templates/<name>`; a variable that is named there and lacks in `content` is an error.

    A page in Markdown holds no HTML but anchors: what a file's title or an error message says is text.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=jinja2.select_autoescape(["html.j2"]),  # the others are markdown
    )
    text = environment.get_template(name).render(**content)
    return HTML.sub(r"\\<", text) if name.endswith(".md.j2") else text
