"""Several techniques at once."""

from collections.abc import Iterable
from dataclasses import asdict, replace

from fieldbench import registry
from fieldbench.errors import UserError
from fieldbench.sparse.factors import with_factors
from fieldbench.sparse.spec import Spec


def base(spec: Spec) -> Spec:
    """What versions add their techniques to: a flow with all factors right, but without what a technique brings."""
    return replace(with_factors(spec, []), objective="flow", time="added")


def combined(spec: Spec, techniques: Iterable[str]) -> Spec:
    """`spec` with all of `techniques`, in any order.

    Raises:
        UserError: unknown technique, one that the objective has no place for, or two that set the same thing differently.
    """
    before = asdict(spec)
    chosen_by: dict[str, str] = {}
    for name in techniques:
        after = asdict(registry.build("sparse/techniques", name, spec))
        for key in (key for key in after if after[key] != before[key]):
            other = chosen_by.setdefault(key, name)
            if getattr(spec, key) not in (before[key], after[key]):
                raise UserError(f"Techniques '{other}' and '{name}' exclude each other: both set `{key}`.")
        spec = registry.build("sparse/techniques", name, spec)
    return spec
