"""Made-up records, as jobs write them."""

from fieldbench import record


def made_up(**content):
    """A record; a method whose steps were not timed was not trained, and is the same for every seed."""
    trained = any("step_seconds" in name for name in content.get("metrics", {}))
    return record.make(**{"provenance": {"device": "cpu"}, "deterministic": not trained, **content})
