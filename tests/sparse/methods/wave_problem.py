"""Small problems made of waves."""

from fieldbench.datasets import wave_family
from fieldbench.sparse import masks, score
from fieldbench.sparse.problem import from_dataset


def wave_problem(family="simple", noise=0.0, train=300, fraction=0.15, judges=24):
    """Waves on 16 x 16 points; `judges` validation and test fields each."""
    data = wave_family.load(family=family, train=train, validation=judges, test=judges, resolution=16)
    return from_dataset(masks.add_observations(data, "uniform", fraction, noise, seed=0))


def mean_psnr(method, problem):
    """The mean PSNR of the test fields in dB."""
    found = method.reconstruct(problem.test_observations)
    return score.metrics(found, problem)["psnr_mean_db"]
