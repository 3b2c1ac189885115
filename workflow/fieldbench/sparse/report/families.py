"""Which methods a table of the page compares at once: families of comparisons, by the methods' names."""

from collections.abc import Iterator, Mapping
from typing import Any

from fieldbench.report.statistics import Name

Family = Mapping[Name, tuple[str, str]]  # name -> the method, and what it is compared with

ORIGINAL = "original"
PUT_RIGHT = "put right alone"
LEFT_WRONG = "left wrong alone"
ENDS = (PUT_RIGHT, LEFT_WRONG)
# The document's fixes, each with the design that has it and the one without it.
FIXES = {
    "Fix 1, random queries": ("fixes-1-2", ORIGINAL),
    "Fix 2, clamping to [0, 1]": ("fixes-1-2", "fixes-1"),
    "Fix 3, learnable frequencies": ("fixes-1-2-3", "fixes-1-2"),
}


def designed(backbone: str, design: str) -> str:
    """The method that tries one of `factors.designs` on a backbone; see `catalogue.learned`."""
    return f"{backbone}-{design}"


def attribution(about: Mapping[str, Any], backbone: str) -> Family[tuple[str, str]]:
    """Every factor of a backbone from both ends; a factor of flows only is set wrong in what is all right but a flow."""
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    for name, factor in about["factors"].items():
        right = "right-but-objective" if factor["of_flow"] else "right"
        pairs[name, PUT_RIGHT] = (f"original-but-{name}", ORIGINAL)
        pairs[name, LEFT_WRONG] = (right, f"right-but-{name}")
    return _on(backbone, pairs)


def fixes(backbone: str) -> Family[str]:
    """Every fix of a backbone."""
    return _on(backbone, FIXES)


def versions(about: Mapping[str, Any]) -> Family[str]:
    """Every version against what it adds its techniques to."""
    return {name: (name, about["base"]) for name in about["versions"]}


def of_tables(about: Mapping[str, Any]) -> Iterator[Family[str] | Family[tuple[str, str]]]:
    """All of them."""
    for backbone in about["backbones"]:
        yield attribution(about, backbone)
        yield fixes(backbone)
    yield versions(about)


def _on(backbone: str, designs: Family[Name]) -> Family[Name]:
    return {name: (designed(backbone, of), designed(backbone, over)) for name, (of, over) in designs.items()}
