"""Damaged and crafted files: one sentence, or a field of the size that the header says; never an error of another kind.

A crafted file has a valid checksum. How much is held is bounded by the header's check, which is tested by itself.
"""

import copy
import functools
import zlib

import netCDF4
import numpy as np
import pytest
from fieldbench import cli, registry
from fieldbench.compression import codec, container, integers, limits, plain
from fieldbench.compression.correction import correction_of
from fieldbench.compression.search import Search
from fieldbench.errors import UserError

from tests.compression.coding import CPU, encoded, image, variable, volume

CODECS = ("shacira", "ngp", "pyramid")
CODERS = ("interpolated", "predicted", "magnitude")
APART = ("jpegxl", "sz3", "sperr")  # whose streams are read in a process each
DAMAGED, CRAFTED, CRAFTED_APART, CRAFTED_FORMS = 400, 100, 12, 60
HOSTILE = (
    0, -1, 1, 2, 3, 7, 64, 2**20, 2**31, 2**63, 2**100, 10**400, 1.5, float("nan"), float("inf"), -1e308, 1e-320, "",
    "x", "float16", "|O", "S99999999", None, True, [], [1], [1, 2, 3], [10**9, 10**9], [2**40, 1], {}, {"a": 1}, [[[]]],
)  # fmt: skip
BOMB = zlib.compress(bytes(5_000_000), 9)


def coded(of, kind, **options):
    if kind == "pyramid":
        return registry.build(codec.KIND, kind, steps=2).encode(of, seed=1, device=CPU).data
    return encoded(of, kind, steps=2, **options).data


def without_model(of, coder):
    header, sections = container.unpack(plain.encode(of))
    correction = correction_of(of, codec.decode(plain.encode(of)), of.peak / 100, Search((coder,)))
    return container.pack(header, {**sections, "correction": correction})


@functools.cache
def whole_files(kind):
    """Files with every section that the codec knows."""
    if kind in integers.CODERS:
        return [without_model(of, kind) for of in (variable(), volume())]
    files = [coded(of, kind) for of in (image(), variable(), volume())]
    if kind == "shacira":
        own = {"weights": "quantized", "per_level": True, "quantizer": {"type": "vector"}}
        files.append(coded(image(), kind, **own))
    header, sections = container.unpack(files[1])
    correction = correction_of(variable(), codec.decode(files[1]), 0.1)
    return [*files, container.pack(header, {**sections, "correction": correction})]


def places(entries):
    """Every key or index of nested entries, with what holds it."""
    for key, value in list(entries.items() if isinstance(entries, dict) else enumerate(entries)):
        yield entries, key
        if isinstance(value, dict | list):
            yield from places(value)


def changed_entry(random, header):
    found = list(places(header))
    holder, key = found[random.integers(len(found))]
    if random.random() < 0.15:
        del holder[key]
    else:
        holder[key] = HOSTILE[random.integers(len(HOSTILE))]


def changed_section(random, sections):
    name = sorted(sections)[random.integers(len(sections))]
    content = bytearray(sections[name])
    for place in random.integers(0, max(len(content), 1), random.integers(1, 9) if content else 0):
        content[place] ^= 1 << random.integers(8)
    cut = sections[name][: random.integers(len(content) + 1)]
    ones, noise = b"\xff" * random.integers(1, 300), random.bytes(random.integers(1, 200))
    sections[name] = [bytes(content), cut, ones, noise, sections[name] + noise, BOMB][random.integers(6)]


def crafted(random, data):
    """A file with one or two entries or sections changed, and its checksum made right; and its header."""
    header, sections = (copy.deepcopy(part) for part in container.unpack(data))
    for _ in range(random.integers(1, 3)):
        if random.random() < 0.6:
            changed_entry(random, header)
        else:
            changed_section(random, sections)
    return container.pack(header, sections), header


def damaged(random, data):
    """A file with bits turned, bytes lost or doubled, or its end cut off."""
    place, length = random.integers(0, len(data)), random.integers(1, 40)
    turned = bytes([data[place] ^ 1 << random.integers(8)])
    return [
        data[:place] + turned + data[place + 1 :],
        data[:place],
        data[:place] + data[place + length :],
        data[:place] + data[max(place - length, 0) :] if place else data + data,
    ][random.integers(4)]


@pytest.mark.parametrize("kind", [*CODECS, *CODERS, *APART])
def test_damaged_files_are_refused_in_one_sentence(kind):
    random, files = np.random.default_rng(1), whole_files(kind)
    for number in range(DAMAGED):
        with pytest.raises(UserError, match=r"^x\.fbc (is|has) [^\n]*\.$"):
            codec.decode(damaged(random, files[number % len(files)]), "x.fbc")


@pytest.mark.parametrize("kind", [*CODECS, *CODERS, *APART])
def test_crafted_files_are_refused_in_one_sentence_or_are_what_their_header_says(kind):
    random, files, refused = np.random.default_rng(2), whole_files(kind), 0
    count = CRAFTED_APART if kind in APART else CRAFTED
    for number in range(count):
        data, header = crafted(random, files[number % len(files)])
        try:
            field = codec.decode(data, "x.fbc", limits.decoding(len(data)))
        except UserError as error:
            refused += 1
            assert "\n" not in str(error)
        else:
            assert list(field.shape) == header["shape"] and len(field.channels) == len(field.values)
    assert refused > count / 3


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_crafted_forms_are_refused_in_one_sentence(tmp_path, capsys):
    """What is written beside a field: arrays of any type, and a NetCDF file's descriptions."""
    values = np.arange(48, dtype="i2").reshape(6, 8)
    with netCDF4.Dataset(tmp_path / "in.nc", "w") as file:
        file.createDimension("y", 6)
        file.createDimension("x", 8)
        file.createVariable("t", "i2", ("y", "x"), fill_value=np.int16(9))[:] = values
        file.note = "x"
    np.save(tmp_path / "in.npy", values)
    random, refused = np.random.default_rng(3), 0
    for suffix in (".nc", ".npy"):
        how = ("--steps", "1", "--codec", "pyramid", "--max-error", "1")
        assert cli.main(["encode", str(tmp_path / f"in{suffix}"), str(tmp_path / "x.fbc"), *how]) == 0
        whole = (tmp_path / "x.fbc").read_bytes()
        for _ in range(CRAFTED_FORMS):
            header, sections = (copy.deepcopy(part) for part in container.unpack(whole))
            own = {name: part for name, part in sections.items() if name not in ("latents", "networks")}
            if random.random() < 0.6:
                changed_entry(random, header["form"])
            else:
                changed_section(random, own)
            (tmp_path / "y.fbc").write_bytes(container.pack(header, {**sections, **own}))
            capsys.readouterr()
            status = cli.main(["decode", str(tmp_path / "y.fbc"), str(tmp_path / f"out{suffix}")])
            refused += status
            assert capsys.readouterr().err.count("\n") == status
    assert refused > CRAFTED_FORMS


def with_entries(data, **entries):
    header, sections = container.unpack(data)
    return container.pack({**header, **entries}, sections)


@pytest.mark.parametrize("shape", [[2**20, 2**20], [1, 30_000_000]])
@pytest.mark.parametrize("kind", CODECS)
def test_more_samples_than_the_limit_are_refused_before_the_codec_sees_them(kind, shape, monkeypatch):
    header, sections = container.unpack(whole_files(kind)[0])
    data = container.pack({**header, "shape": shape}, sections)
    monkeypatch.setattr(type(registry.factory(codec.KIND, kind)()), "decode", pytest.fail)
    with pytest.raises(UserError, match=r"and the limit is [0-9,]*; if you trust it, give --limit"):
        codec.decode(data, "x.fbc", limits.decoding(len(data)))


@pytest.mark.parametrize(
    ("kind", "part", "changes"),
    [
        ("shacira", "grid", {"table_size": 29, "max_resolution": 2**20, "levels": 40}),
        ("ngp", "grid", {"hidden": 4096, "hidden_layers": 16}),
        ("ngp", "grid", {"features": 64, "table_size": 18, "max_resolution": 2**20}),
        ("pyramid", "options", {"tile": 2**20, "hidden": 256}),
    ],
)
def test_a_model_larger_than_the_limit_is_refused_before_it_is_made(kind, part, changes, monkeypatch):
    header, sections = container.unpack(whole_files(kind)[0])
    data = container.pack({**header, "shape": [1000, 1000], part: {**header[part], **changes}}, sections)
    monkeypatch.setattr(type(registry.factory(codec.KIND, kind)()), "decode", pytest.fail)
    with pytest.raises(UserError, match="and the limit is"):
        codec.decode(data, "x.fbc", 10_000_000)


def test_a_limit_of_ones_own_lets_a_large_file_pass(tmp_path, capsys):
    data = coded(image(), "pyramid")
    (tmp_path / "x.fbc").write_bytes(data)
    decode = ["decode", str(tmp_path / "x.fbc"), str(tmp_path / "out.png")]
    assert cli.main([*decode, "--limit", "1679"]) == 1
    assert (
        "holds 1,680 values, and the limit is 1,679; if you trust it, give --limit 1680"
        in capsys.readouterr().err
    )
    assert cli.main([*decode, "--limit", "1680"]) == 0


def test_encoding_says_when_decoding_will_need_a_limit(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(limits, "ALWAYS", 47)
    monkeypatch.setattr(limits, "PER_BYTE", 0)
    np.save(tmp_path / "in.npy", np.arange(48.0).reshape(6, 8))
    how = ("--steps", "1", "--codec", "pyramid")
    assert cli.main(["encode", str(tmp_path / "in.npy"), str(tmp_path / "x.fbc"), *how]) == 0
    assert "decoding needs --limit 48" in capsys.readouterr().out
    decode = ["decode", str(tmp_path / "x.fbc"), str(tmp_path / "out.npy")]
    assert cli.main(decode) == 1
    assert cli.main([*decode, "--limit", "48"]) == 0


def test_small_files_hold_less_than_large_ones():
    assert limits.decoding(100) == 2**22 + 102_400 and limits.decoding(10**9) == limits.LIMIT == 37_748_736
