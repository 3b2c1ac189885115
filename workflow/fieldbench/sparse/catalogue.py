"""The learned methods that a configuration knows by name. Describing one loads no torch: every dry run does."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from fieldbench.errors import UserError
from fieldbench.sparse import document, factors, versions
from fieldbench.sparse.spec import CLOSED_FORM, GRIDDED, Spec

Entry = Mapping[str, Any]


def learned(
    models: Mapping[str, Entry], backbones: Mapping[str, Entry], versions_on: str, sampler_steps: int
) -> dict[str, dict[str, Any]]:
    """Name -> values by key of `Spec` of every learned method, from which `spec.parse` makes it.

    They are the configuration's own; `<backbone>-<design>` for every comparison of `factors.designs` that the backbone has
    options for; and on one backbone the document's v3 to v102, which add techniques to its method with all fixes.

    Args:
        models: the configuration's `sparse.models`: keys of `Spec`, with `backbone` the name of one.
        backbones: the configuration's `sparse.backbones`: type and sizes by name.
        versions_on: the configuration's `sparse.versions_on`: name of that backbone.
        sampler_steps: of flows.

    Raises:
        UserError: unknown backbone.
    """

    def plain(user: str, name: str) -> Spec:
        if name not in backbones:
            raise UserError(f"Unknown backbone '{name}' of model '{user}'; known: {', '.join(backbones)}.")
        return Spec(backbones[name], sampler_steps=sampler_steps)

    methods = {
        name: asdict(plain(name, entry["backbone"]))
        | {key: value for key, value in entry.items() if key != "backbone"}
        for name, entry in models.items()
    }
    for name, backbone in backbones.items():
        if backbone["type"] not in (CLOSED_FORM, *GRIDDED):
            for design, spec in factors.designs(plain(name, name)).items():
                methods[f"{name}-{design}"] = asdict(spec)
    fixed = document.method(plain("v3 to v102", versions_on), document.ALL_FIXES)
    for name, techniques in versions.versions().items():
        methods[name] = asdict(versions.combined(fixed, techniques))
    return methods


def modules(values: Entry) -> list[str]:
    """The modules that the values of `learned` pick by name, for provenance."""
    prior = values.get("prior")
    return [f"networks.{values['backbone']['type']}", *([f"sparse.methods.{prior['type']}"] if prior else [])]


def about(backbones: Iterable[str], versions_on: str) -> dict[str, Any]:
    """What a report must know of the learned methods: see `report.results.Study`."""
    return {
        "backbones": list(backbones),
        "factors": {
            name: {"meaning": factor.meaning, "of_flow": factor.of_flow}
            for name, factor in factors.FACTORS.items()
        },
        "programs": {name: meaning for name, (meaning, _) in document.PROGRAMS.items()},
        "versions": {name: list(techniques) for name, techniques in versions.versions().items()},
        "versions_on": versions_on,
        "base": f"{versions_on}-{document.fix_name(document.ALL_FIXES)}",
    }
