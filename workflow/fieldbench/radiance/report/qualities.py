"""Which method renders test views best."""

import numpy as np

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.metrics import TIMES_TO
from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, gain_verdict, level_text, mean_interval, number, table
from fieldbench.report.metrics import heading
from fieldbench.report.tables import Key

FOREGROUND = "foreground_psnr_db"
QUALITIES = (PSNR, FOREGROUND, "ssim_score")


def answer(study: Study, experiment: Experiment, scene: str) -> str:
    """The method of the highest PSNR, the next, the all-white view, and who is first at a PSNR."""
    best, *others = study.ranked(experiment, scene)
    foreground = study.level(best, FOREGROUND)
    text = f"{level_text(study.level(best, PSNR))} dB"
    text += f" (foreground {level_text(foreground)} dB)" if np.isfinite(foreground.mean) else ""
    text += f"{_white(study, scene)}."
    lead = f"**{experiment.title}, {scene}: {study.label(best.method)}"
    if not others:
        return f"{lead}** reaches {text}{_first(study, [best])}"
    second = others[0]
    verdict = study.verdicts({key: (key, best) for key in others})[second]
    text += f" The next, {study.label(second.method)}: {gain_verdict(verdict)} dB."
    return f"{lead} has the highest PSNR**, {text}{_first(study, [best, *others])}"


def _white(study: Study, scene: str) -> str:
    """What an all-white view gets, without which a PSNR says little."""
    whole, foreground = (study.white(scene, metric) for metric in (PSNR, FOREGROUND))
    if not np.isfinite(whole):
        return ""
    more = f", foreground {foreground:.1f} dB" if np.isfinite(foreground) else ""
    return f"; an all-white view has {whole:.1f} dB{more}"


def _first(study: Study, keys: list[Key]) -> str:
    """The method that is first at the highest PSNR that any reached, and the one that got there next."""
    for goal in sorted(TIMES_TO, reverse=True):
        reached = [key for key in keys if study.results.has(key, TIMES_TO[goal])]
        times = {key: study.results.estimate(key, TIMES_TO[goal]).mean for key in reached}
        if times:
            first, *later = sorted(times, key=times.get)
            text = f" First at {goal} dB: {study.label(first.method)} after {number(times[first])} s"
            text += f", then {later[0].method} after {number(times[later[0]])} s" if later else ""
            return f"{text}."
    return ""


def quality_table(study: Study, experiment: Experiment, scene: str) -> str:
    """PSNR with verdicts against the reference, foreground PSNR and SSIM; the all-white view below."""
    keys = study.ranked(experiment, scene)
    shown = study.results.measured(keys, QUALITIES)
    reference = study.find(experiment, scene, experiment.reference)
    verdicts = study.verdicts({key: (key, reference) for key in keys if reference and key != reference})
    rows = [
        [
            f"**{study.label(key.method)}**",
            *(mean_interval(study.level(key, metric)) for metric in shown),
            "the reference" if key == reference else gain_verdict(verdicts.get(key)),
            _seeds(study, key),
        ]
        for key in keys
    ]
    white = [study.white(scene, metric) for metric in shown]
    if np.isfinite(white[0]):
        rows.append(["all-white view", *map(number, white), ABSENT, ABSENT])
    headers = ["Method", *(f"{heading(metric)} [95 %]" for metric in shown)]
    return table([*headers, f"PSNR against {experiment.reference} (dB) [95 %]", "Seeds"], rows)


def _seeds(study: Study, key: Key) -> str:
    count, lost = np.size(study.results.draws(key, PSNR)), study.results.lost(key)
    return f"{count} of {count + lost}" if lost else str(count)
