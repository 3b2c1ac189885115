"""The files that a how-to page of docs/how-to tells a reader to write."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "how-to"
BLOCK = re.compile(r"^`(?P<path>[\w./-]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def files(page):
    """Path -> text of every block of a page that stands under a line with nothing but a path."""
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    return {match["path"]: match["text"] for match in BLOCK.finditer(text)}


def write(page, root):
    """Write the files of a page into a copy of the project; none of them may be there before."""
    for path, text in files(page).items():
        file = root / path
        assert not file.exists(), f"docs/how-to/{page}.md edits {path}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
