"""The learned methods that a configuration knows by name. Describing one loads no torch: every dry run does."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from fieldbench.errors import UserError
from fieldbench.sparse import combination, factors, versions
from fieldbench.sparse.spec import CLOSED_FORM, Spec, parse

Entry = Mapping[str, Any]
BASE = "base"


def learned(
    models: Mapping[str, Entry], backbones: Mapping[str, Entry], versions_on: str, sampler_steps: int
) -> dict[str, dict[str, Any]]:
    """Name -> description of every learned method: plain values, from which `specification` makes it.

    They are the configuration's own; `<backbone>-<design>` for every comparison of `factors.designs` that the backbone has
    options for; and on one backbone the document's v3 to v102, and `base`, to which these add their techniques.

    Args:
        models: the configuration's `sparse.models`: keys of `Spec`, with `backbone` the name of one.
        backbones: the configuration's `sparse.backbones`: type and sizes by name.
        versions_on: the configuration's `sparse.versions_on`: name of that backbone.
        sampler_steps: of flows.

    Raises:
        UserError: unknown backbone.
    """
    made: dict[str, dict[str, Any]] = {}
    for name, entry in models.items():
        own = {key: value for key, value in entry.items() if key not in ("backbone", "description")}
        made[name] = {"backbone": _backbone(backbones, name, entry.get("backbone")), "own": own}
    for name, backbone in backbones.items():
        for design in factors.designs(Spec(backbone=backbone)) if backbone["type"] != CLOSED_FORM else ():
            made[f"{name}-{design}"] = {"backbone": backbone, "design": design}
    carrier = _backbone(backbones, "v3 to v102", versions_on)
    for name, techniques in {BASE: (), **versions.versions()}.items():
        made[name] = {"backbone": carrier, "techniques": techniques}
    return {name: {**description, "sampler_steps": sampler_steps} for name, description in made.items()}


def specification(description: Mapping[str, Any]) -> Spec:
    """The method that a description of `learned` means.

    Raises:
        UserError: an unknown key or value, or techniques that exclude each other.
    """
    common = {key: description[key] for key in ("backbone", "sampler_steps")}
    plain = Spec(**common)
    if "design" in description:
        return factors.designs(plain)[description["design"]]
    if "techniques" in description:
        return combination.combined(combination.base(plain), description["techniques"])
    return parse({**common, **description["own"]})


def modules(description: Mapping[str, Any]) -> list[str]:
    """The modules that the description picks by name, for provenance."""
    techniques = [f"sparse.techniques.{name}" for name in description.get("techniques", ())]
    prior = description.get("own", {}).get("prior")
    methods = [f"sparse.methods.{prior['type']}"] if prior else []
    return [f"networks.{description['backbone']['type']}", *techniques, *methods]


def about(backbones: Iterable[str]) -> dict[str, Any]:
    """What a report must know of the learned methods: see `report.attribution`."""
    known = {
        name: {"meaning": factor.meaning, "of_flow": factor.of_flow}
        for name, factor in factors.FACTORS.items()
    }
    return {
        "backbones": list(backbones),
        "factors": known,
        "versions": {name: list(techniques) for name, techniques in versions.versions().items()},
        "base": BASE,
    }


def matching(patterns: Iterable[str], known: Iterable[str]) -> list[str]:
    """The known names that match one of the shell patterns, in the order of the patterns.

    Raises:
        UserError: a pattern matches none.
    """
    known = list(known)
    found: dict[str, None] = {}
    for pattern in patterns:
        names = [name for name in known if fnmatchcase(name, pattern)]
        if not names:
            raise UserError(f"No method matches '{pattern}'; known: {', '.join(known)}.")
        found |= dict.fromkeys(names)
    return list(found)


def _backbone(backbones: Mapping[str, Entry], model: str, name: str | None) -> Entry:
    if name not in backbones:
        raise UserError(f"Unknown backbone '{name}' of model '{model}'; known: {', '.join(backbones)}.")
    return backbones[name]
