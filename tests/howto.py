"""What the how-to pages of docs/how-to tell a reader to write and to run."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "how-to"
PAGES = sorted(file.stem for file in FOLDER.glob("*.md") if file.stem != "README")
BLOCK = re.compile(
    r"^`(?P<path>[\w./-]+)`(?:, after `(?P<line>[^`\n]+)`:)?\n\n```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(r"^snakemake .*$", re.MULTILINE)


def text(page):
    """A page."""
    return (FOLDER / f"{page}.md").read_text(encoding="utf-8")


def files(page):
    """Path -> text of every new file of a page: the blocks that stand under a line with nothing but a path."""
    return {match["path"]: match["text"] for match in BLOCK.finditer(text(page)) if not match["line"]}


def command(page):
    """The words of the command that a page ends in."""
    (line,) = COMMAND.findall(text(page))
    return line.split()


def write(page, root):
    """Do what a page says in a copy of the project: write files that are not there, put lines after lines that are."""
    for match in BLOCK.finditer(text(page)):
        file, new = root / match["path"], match["text"]
        if match["line"]:
            before = file.read_text(encoding="utf-8")
            assert before.count(f"{match['line']}\n") == 1, f"{match['line']} is not one line of {file}"
            new = before.replace(f"{match['line']}\n", f"{match['line']}\n{new}")
        else:
            assert not file.exists(), f"docs/how-to/{page}.md overwrites {match['path']}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(new, encoding="utf-8")
