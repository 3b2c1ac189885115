"""Publish a finished run among the others, or write the page of findings anew: for `make publish` and `make findings`."""

import argparse
import sys
from pathlib import Path

from fieldbench.errors import UserError
from fieldbench.findings import page, publication

FOLDER = Path("docs/results")
CONFIG = Path("config")


def main() -> int:
    """Run as `python -m fieldbench.findings [--publish RUN] STUDY...` in the project's folder."""
    parser = argparse.ArgumentParser(prog="python -m fieldbench.findings", description=__doc__)
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="in the order in which they are asked")
    parser.add_argument("--publish", metavar="RUN", help="a folder of results/, copied first")
    options = parser.parse_args()
    try:
        if options.publish:
            publication.publish(
                Path("results", options.publish), FOLDER / options.publish, CONFIG / f"{options.publish}.yaml"
            )
        there = [FOLDER / name for name in options.studies if (FOLDER / name).is_dir()]
        current = [publication.read(folder) for folder in there if (folder / publication.FACTS).exists()]
        older = [folder.name for folder in there if not (folder / publication.FACTS).exists()]
        page.write(FOLDER, current, CONFIG / "claims", older)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
