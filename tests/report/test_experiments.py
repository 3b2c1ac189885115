"""What was run of experiments, in the order that the configuration gives."""

from fieldbench.report.experiments import measured

ENTRY = {"title": "Speed", "data": ["a", "b"], "methods": ["x", "y", "z"], "reference": "y"}
RUNS = [("speed", "a", "z"), ("speed", "b", "x"), ("speed", "b", "z")]


def run_of(entry, runs):
    return measured({"speed": entry}, lambda *run: run in runs)


def test_methods_keep_their_order_though_the_first_data_set_lacks_some():
    experiment = run_of(ENTRY, RUNS)["speed"]
    assert (experiment.data, experiment.methods) == (("a", "b"), ("x", "z"))
    assert experiment.title == "Speed" and experiment.answers == "" and experiment.entry is ENTRY


def test_a_reference_that_was_not_run_gives_way_to_the_first_method():
    assert run_of(ENTRY, RUNS)["speed"].reference == "x"
    assert run_of({**ENTRY, "reference": "z"}, RUNS)["speed"].reference == "z"


def test_an_experiment_without_runs_is_left_out():
    assert run_of(ENTRY, []) == {}


def test_without_a_title_the_name_stands_for_it():
    assert run_of({**ENTRY, "title": ""}, RUNS)["speed"].title == "speed"
