"""The codec `pyramid`: files that come back in any process, tiles, masks, channels, and the rate that is asked for."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from fieldbench.compression import container
from fieldbench.compression.codec import bits_per_pixel, decode, psnr_db
from fieldbench.compression.codecs.pyramid import build
from fieldbench.compression.field import make
from fieldbench.errors import UserError
from fieldbench.training.checkpoint import Checkpoint

CPU = torch.device("cpu")
NAMES = {"image": "RGBA", "variable": "uvw", "video": "RGB", "volume": "w"}
DECODE = """
import sys
from pathlib import Path
from fieldbench.compression.codec import decode
sys.stdout.buffer.write(decode(Path(sys.argv[1]).read_bytes()).values.tobytes())
"""


def field(shape, kind="image", channels=3, unknown=False, gain=1.0, offset=0.0):
    """Waves of which a network must find the sum, with values in [0, 1] for images and video."""
    axes = np.meshgrid(*[np.arange(size) / 9 for size in shape], indexing="ij")
    waves = [0.5 + 0.3 * np.sin((1 + n / 4) * sum(axes)) * np.cos(axes[-1] - n) for n in range(channels)]
    values = (offset + gain * np.array(waves)).astype(np.float32)
    byte = kind in ("image", "video")
    values = np.rint(values * 255) / np.float32(255) if byte else values
    if unknown:
        values[:, ..., : shape[-2] // 2, shape[-1] // 2 :] = np.nan
    peak = 1.0 if byte else float(np.nanmax(values) - np.nanmin(values))
    return make(
        values,
        kind=kind,
        units="1" if byte else "m s-1",
        peak=peak,
        levels=256 if byte else 0,
        channels=tuple(NAMES[kind][:channels]),
    )


def encode(truth, seed=0, **options):
    return build(**{"hidden": 6, "levels": 4, "context": 6, "steps": 20, **options}).encode(
        truth, seed=seed, device=CPU
    )


@pytest.mark.parametrize(
    "truth",
    [
        field((8, 8)),
        field((21, 34), channels=4),
        field((1, 40), channels=1),
        field((26, 17), "variable", 2, unknown=True, gain=30, offset=1000),
        field((5, 14, 12), "video", unknown=True),
        field((9, 11, 10), "volume", 1, gain=1e-6),
    ],
    ids=lambda truth: f"{truth.kind}{truth.values.shape}",
)
def test_any_field_comes_back_in_shape_and_better_than_its_mean(truth):
    encoded = encode(truth, steps=60, rate_weight=1e-4)
    decoded = decode(encoded.data)
    for name in ("kind", "units", "levels", "channels", "shape"):
        assert getattr(decoded, name) == getattr(truth, name)
    assert np.array_equal(decoded.known, truth.known)
    spread = truth.values[:, truth.known].std(axis=1).max() / truth.peak
    assert psnr_db(truth, decoded) > -20 * np.log10(spread) + 3
    assert encoded.measures["model_entropy_bytes"] <= len(encoded.data)
    sizes = container.part_sizes(encoded.data)
    assert sum(sizes.values()) == len(encoded.data)
    # Beside the entropy: of 16 tensors the step, scale and range, up to three bytes each.
    excess = sizes["networks"] + sizes["latents"] - 1.01 * encoded.measures["model_entropy_bytes"]
    assert excess <= 48


def test_a_fresh_process_decodes_the_same_bits(tmp_path):
    data = encode(field((40, 33), unknown=True), tile=24).data
    file = tmp_path / "coded.fbc"
    file.write_bytes(data)
    library = str(Path(__file__).parents[2] / "workflow")
    command = [sys.executable, "-c", DECODE, str(file)]
    fresh = subprocess.run(command, env={"PYTHONPATH": library}, capture_output=True, check=True).stdout
    assert fresh == decode(data).values.tobytes()


def test_same_seed_gives_the_same_file_and_another_one_another():
    truth = field((20, 20))
    assert encode(truth).data == encode(truth).data != encode(truth, seed=1).data


def test_an_interrupted_training_goes_on_to_the_same_file(tmp_path):
    truth, codec = field((24, 24)), build(hidden=6, levels=3, steps=16, tile=16)

    def interrupt(step, _steps, _loss):
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        codec.encode(
            truth, seed=0, device=CPU, checkpoint=Checkpoint(tmp_path / "state.pt", 1e9), progress=interrupt
        )
    steps = []
    resumed = codec.encode(
        truth,
        seed=0,
        device=CPU,
        checkpoint=Checkpoint(tmp_path / "state.pt", 1e9),
        progress=lambda step, _steps, _loss: steps.append(step),
    )
    whole = codec.encode(truth, seed=0, device=CPU)
    assert steps[0] == 8 and resumed.data == whole.data
    assert np.array_equal(resumed.history["rate_bpp"], whole.history["rate_bpp"])


def test_unknown_samples_cost_nothing_and_do_not_matter():
    truth = field((32, 32), unknown=True)
    other = field((32, 32), unknown=True)
    other.values[:, ~other.known] = 1e3
    assert encode(truth).data == encode(other).data


def noise(height, width):
    values = np.random.default_rng(0).normal(0.5, 0.15, (1, height, width)).clip(0, 1).astype(np.float32)
    return make(values, kind="image", units="1", peak=1.0, levels=0, channels=("L",))


@pytest.mark.parametrize("target", [1.5, 3.0])
def test_the_rate_meets_its_target(target):
    truth = noise(64, 72)
    encoded = encode(truth, steps=200, levels=3, rate_target=target)
    assert bits_per_pixel(encoded.data, truth) == pytest.approx(target, rel=0.1)


def test_a_larger_weight_of_the_rate_makes_smaller_and_worse_files():
    truth = noise(32, 32)
    small, large = (encode(truth, steps=100, levels=3, rate_weight=weight) for weight in (2e-2, 1e-3))
    assert len(small.data) < len(large.data)
    assert psnr_db(truth, decode(small.data)) < psnr_db(truth, decode(large.data))


def test_measures_agree_with_the_file():
    truth = field((30, 30))
    measures = encode(truth).measures
    per_level = sum(size for name, size in measures.items() if name.startswith("level_"))
    assert per_level == pytest.approx(measures["latents_bytes"], abs=9)
    assert measures["latent_count"] == 30 * 30 + 15 * 15 + 8 * 8 + 4 * 4
    assert measures["lambda_per_latent_ratio"] == pytest.approx(2e-3 * measures["latent_count"] / 900)


def test_networks_are_as_wide_as_the_picture_is_large():
    widths = [build().options.width(samples) for samples in (100, 192 * 128, 384 * 256, 33_000_000)]
    assert widths == [6, 8, 16, 16]
    assert build(hidden=5).options.width(100) == 5
    header, _ = container.unpack(build(steps=2, levels=2).encode(field((8, 8)), seed=0, device=CPU).data)
    assert header["options"]["hidden"] == 6


def test_the_file_is_what_the_training_said_in_its_last_steps():
    truth, seen = noise(64, 72), []
    codec = build(hidden=8, levels=4, steps=300, rate_weight=1e-3)
    encoded = codec.encode(truth, seed=0, device=CPU, watch=seen.append)
    assert [so_far.done for so_far in seen] == list(range(1, 301))
    assert len(encoded.data) == pytest.approx(seen[-1].file_bytes, rel=0.02)
    reached = psnr_db(truth, decode(encoded.data))
    assert reached == pytest.approx(seen[-1].psnr_db, abs=0.1)
    assert encoded.measures["finish_ratio"] == pytest.approx(len(encoded.data) / seen[-1].file_bytes)
    assert encoded.measures["finish_db"] == pytest.approx(reached - seen[-1].psnr_db, abs=0.01)


@pytest.mark.parametrize(
    "options", [{"levels": 0}, {"context": 15}, {"rate_weight": 0.0}, {"rate_target": -1.0}]
)
def test_options_out_of_range_are_refused_by_name(options):
    with pytest.raises(UserError, match=next(iter(options))):
        build(**options)


def test_a_target_that_the_networks_alone_exceed_is_refused():
    with pytest.raises(UserError, match="networks and header alone"):
        encode(field((16, 16)), rate_target=0.5)
