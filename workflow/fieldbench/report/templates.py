"""Filling the page templates."""

from pathlib import Path
from typing import Any

import jinja2

FOLDER = Path(__file__).resolve().parents[2] / "templates"


def render(name: str, **content: Any) -> str:
    """Fill `workflow/templates/<name>`; a variable that is named there and lacks in `content` is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=jinja2.select_autoescape(["html.j2"]),  # the others are markdown
    )
    return environment.get_template(name).render(**content)
