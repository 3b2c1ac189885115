"""Which methods a table of the page compares at once: families of comparisons, by the methods' names."""

from collections.abc import Iterator, Mapping
from typing import Any

from fieldbench.report.statistics import Name

Family = Mapping[Name, tuple[str, str]]  # name -> the method, and what it is compared with

ORIGINAL, FIXED = "original", "fixes-1-2-3"  # the document's method before its fixes and after them
PUT_RIGHT = "put right alone"
LEFT_WRONG = "left wrong alone"
ENDS = (PUT_RIGHT, LEFT_WRONG)
# The document's fixes, each with the design that has it and the one without it.
FIXES = {
    "Fix 1, random queries": ("fixes-1", ORIGINAL),
    "Fix 2, clamping to [0, 1]": ("fixes-1-2", "fixes-1"),
    "Fix 3, learnable frequencies": (FIXED, "fixes-1-2"),
}
FIX_SETS = {  # every set of fixes with its design
    "Fix 1": "fixes-1",
    "Fix 2": "fixes-2",
    "Fix 3": "fixes-3",
    "Fixes 1 and 2": "fixes-1-2",
    "Fixes 1 and 3": "fixes-1-3",
    "Fixes 2 and 3": "fixes-2-3",
    "All three": FIXED,
}
ADVICE = {  # what the document says to try after its fixes
    "twice as many queries (400 in place of 200)": "more-queries",
    "twice as many observed points in training (10 % in place of 5 %)": "more-observed",
}


def designed(backbone: str, design: str) -> str:
    """The method that tries one of the designs on a backbone; see `catalogue.learned`."""
    return f"{backbone}-{design}"


def attribution(about: Mapping[str, Any], backbone: str) -> Family[tuple[str, str]]:
    """Every factor of a backbone, from the document's fixed method and from all right.

    A factor of flows only is set wrong in what is all right but a flow.
    """
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    for name, factor in about["factors"].items():
        right = "right-but-objective" if factor["of_flow"] else "right"
        pairs[name, PUT_RIGHT] = (f"fixed-but-{name}", FIXED)
        pairs[name, LEFT_WRONG] = (right, f"right-but-{name}")
    return _on(backbone, pairs)


def fixes(about: Mapping[str, Any], backbone: str) -> Family[str]:
    """Every fix of a backbone beside those before it, and every set of them against none."""
    return _on(backbone, FIXES | {label: (design, ORIGINAL) for label, design in FIX_SETS.items()})


def programs(about: Mapping[str, Any], backbone: str) -> Family[str]:
    """What only some of the document's programs do, against its method before the fixes."""
    named = about["programs"].items()
    return _on(backbone, {meaning: (f"{ORIGINAL}-{name}", ORIGINAL) for name, meaning in named})


def advice(about: Mapping[str, Any], backbone: str) -> Family[str]:
    """What the document says to try after its fixes."""
    return _on(backbone, {label: (design, FIXED) for label, design in ADVICE.items()})


def versions(about: Mapping[str, Any]) -> Family[str]:
    """Every version against what it adds its techniques to."""
    return {name: (name, about["base"]) for name in about["versions"]}


def of_tables(about: Mapping[str, Any]) -> Iterator[Family[str] | Family[tuple[str, str]]]:
    """All of them."""
    for backbone in about["backbones"]:
        yield attribution(about, backbone)
        yield from (family(about, backbone) for family in (fixes, programs, advice))
    yield versions(about)


def _on(backbone: str, designs: Family[Name]) -> Family[Name]:
    return {name: (designed(backbone, of), designed(backbone, over)) for name, (of, over) in designs.items()}
