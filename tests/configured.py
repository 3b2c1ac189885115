"""What tests of an area's part of the configuration share."""

import pytest
from fieldbench import config as configuration
from fieldbench.errors import UserError
from fieldbench.models import Model


def message(config):
    """What a check of a faulty configuration says."""
    with pytest.raises(UserError) as caught:
        configuration.check(config)
    return str(caught.value)


def change(entry, path, value):
    """Set what stands at a dotted path."""
    *parts, last = path.split(".")
    for part in parts:
        entry = entry[part]
    entry[last] = value


def descriptions(model):
    """Those of a model's fields and of the models in it."""
    for field in model.model_fields.values():
        yield field.description
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, Model):
                yield from descriptions(kind)
