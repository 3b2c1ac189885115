"""The method to take home of those that learned a scene: the cheapest of those whose test views are as good as the best."""

from dataclasses import dataclass

from fieldbench.errors import UserError
from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.qualities import alike, cheapest, finished
from fieldbench.radiance.report.results import Study
from fieldbench.report.formatting import interval


@dataclass(frozen=True)
class Choice:
    """What is recommended, and what files say of it.

    Attributes:
        method: its name.
        description: its own, in the configuration.
        run: the first seed's folder, below that of the results.
        psnr_db: of the test views, with its interval.
        white_psnr_db: of all-white views.
        methods_compared: those that finished, best first.
        training_seconds: of all of these.
    """

    method: str
    description: str
    run: str
    psnr_db: str
    white_psnr_db: float
    methods_compared: str
    training_seconds: float


def recommended(study: Study, scene: str) -> Choice:
    """The choice among the methods of the first experiment on a scene.

    Raises:
        UserError: no method finished.
    """
    for experiment in study.experiments.values():
        if ranked := finished(study, experiment, scene):
            break
    else:
        raise UserError(f"No method learned {scene} to the end; the page radiance.md says why.")
    use = cheapest(study, experiment, alike(study, ranked))
    seed = study.results.seeds(use, PSNR)[0]
    return Choice(
        method=use.method,
        description=study.words(use.method)["description"],
        run="/".join(("radiance", *use, str(seed))),
        psnr_db=interval(study.results.estimate(use, PSNR)),
        white_psnr_db=study.white(scene, PSNR),
        methods_compared=", ".join(key.method for key in ranked),
        training_seconds=float(sum(study.results.by_seed(key, "train_seconds").sum() for key in ranked)),
    )
