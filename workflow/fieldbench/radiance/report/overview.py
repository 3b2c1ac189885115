"""What was run: scenes, methods, and what single trainings do otherwise."""

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.qualities import FOREGROUND
from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import number
from fieldbench.report.parts import Columns, key_table

OVERRIDES = ("steps", "learning_rate")  # of the training, that a method may have of its own


def scene_table(study: Study) -> str:
    """What each scene is."""
    facts = study.facts
    columns: Columns = {
        "Scene": str,
        "Title": lambda name: facts[name]["title"],
        "Source": lambda name: facts[name]["source"],
        "Views to train on + to test with": lambda name: "{views_train} + {views_test}".format(**facts[name]),
        "Pixels": lambda name: "{width} x {height}".format(**facts[name]),
        "All-white view: PSNR (dB)": lambda name: number(study.white(name, PSNR)),
        "All-white view: foreground PSNR (dB)": lambda name: number(study.white(name, FOREGROUND)),
    }
    return key_table(facts, columns, left=3)


def method_table(study: Study) -> str:
    """What each method is, and whether it was given masks."""
    run = {method for experiment in study.experiments.values() for method in experiment.methods}
    columns: Columns = {
        "Method": lambda name: f"**{name}**",
        "Description": lambda name: study.words(name).get("description", ""),
        "Given masks": lambda name: "yes, visual hull of the training views" if study.masked(name) else "no",
    }
    return key_table((name for name in study.about["methods"] if name in run), columns, left=3)


def trained_otherwise(study: Study, experiment: Experiment) -> list[str]:
    """What an experiment's trainings do otherwise than the others', and what single methods do."""
    training = experiment.entry.get("training", {})
    texts = [f"{name.replace('_', ' ')} {value}" for name, value in training.items()]
    for method in experiment.methods:
        options = study.options(method)
        changed = [name for name in OVERRIDES if name in options]
        texts += [f"{name.replace('_', ' ')} {options[name]} for {method}" for name in changed]
    return texts
