"""What was run: scenes, methods, and what single trainings do otherwise."""

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import number, table

OVERRIDES = ("steps", "learning_rate")  # of the training, that a method may have of its own


def scene_table(study: Study) -> str:
    """What each scene is."""
    rows = [
        [
            name,
            facts["title"],
            facts["source"],
            f"{facts['views_train']} + {facts['views_test']}",
            f"{facts['width']} x {facts['height']}",
            number(study.white(name, PSNR)),
            number(study.white(name, "foreground_psnr_db")),
        ]
        for name, facts in study.facts.items()
    ]
    headers = ["Scene", "Title", "Source", "Views to train on + to test with", "Pixels"]
    headers += [f"All-white view: {word} (dB)" for word in ("PSNR", "foreground PSNR")]
    return table(headers, rows, left=3) if rows else ""


def method_table(study: Study) -> str:
    """What each method is, and whether it was given masks."""
    run = {method for experiment in study.experiments.values() for method in experiment.methods}
    rows = [
        [
            f"**{name}**",
            entry.get("description", ""),
            "yes, visual hull of the training views" if study.masked(name) else "no",
        ]
        for name, entry in study.about["methods"].items()
        if name in run
    ]
    return table(["Method", "Description", "Given masks"], rows, left=3) if rows else ""


def trained_otherwise(study: Study, experiment: Experiment) -> list[str]:
    """What an experiment's trainings do otherwise than the others', and what single methods do."""
    training = experiment.entry.get("training", {})
    texts = [f"{name.replace('_', ' ')} {value}" for name, value in training.items()]
    for method in experiment.methods:
        options = study.options(method)
        changed = [name for name in OVERRIDES if name in options]
        texts += [f"{name.replace('_', ' ')} {options[name]} for {method}" for name in changed]
    return texts
