"""The file format: round trips, and one sentence about every file that is not whole."""

import numpy as np
import pytest
from fieldbench.compression import container
from fieldbench.errors import UserError

HEADER = {
    "codec": "shacira",
    "shape": [256, 384],
    "kind": "image",
    "units": "1",
    "peak": 1.0,
    "levels": 256,
    "channels": ["R", "G", "B"],
    "mask": False,
    "options": {"table_size": 11, "base_resolution": 16, "max_resolution": 512, "hidden": 16},
}
SECTIONS = {"latents": bytes(range(256)) * 3, "networks": b"", "mask": b"\0\xff"}
FILE = container.pack(HEADER, SECTIONS)


def test_header_and_sections_come_back_in_their_order():
    header, sections = container.unpack(FILE)
    assert header == HEADER
    assert list(sections.items()) == list(SECTIONS.items())


def test_the_same_content_makes_the_same_bytes_whatever_the_order_of_the_header():
    assert container.pack(dict(reversed(HEADER.items())), SECTIONS) == FILE


def test_sizes_of_parts_sum_to_the_file_and_a_usual_header_is_small():
    sizes = container.part_sizes(FILE)
    assert sizes == {"header": sizes["header"], "latents": 768, "networks": 0, "mask": 2}
    assert sum(sizes.values()) == len(FILE)
    assert sizes["header"] < 100


@pytest.mark.parametrize("size", [0, 100, 127, 128, 16300, 16384, 2**21])
def test_any_length_is_held(size):
    assert container.unpack(container.pack({}, {"x": b"7" * size}))[1] == {"x": b"7" * size}


def damaged_files():
    """Bit flips after the version, cuts, and bytes too many."""
    random = np.random.default_rng(1)
    for _ in range(120):
        place, bit = random.integers(4, len(FILE)), random.integers(8)
        yield FILE[:place] + bytes([FILE[place] ^ 1 << bit]) + FILE[place + 1 :]
    for length in random.integers(3, len(FILE), 75):
        yield FILE[:length]
    yield from (FILE + b"\0", FILE + FILE, FILE[:3], FILE[:4], FILE[:50] + FILE[51:])


def test_each_of_200_damaged_files_is_refused_by_name():
    files = list(damaged_files())
    assert len(files) == 200
    for data in files:
        with pytest.raises(UserError, match=r"^some\.fbc is (damaged|cut short)"):
            container.unpack(data, "some.fbc")


@pytest.mark.parametrize(("version", "age"), [(0, "older"), (container.VERSION + 1, "newer"), (255, "newer")])
def test_a_file_of_another_version_says_which_and_why(version, age):
    with pytest.raises(
        UserError,
        match=f"the {age} format version {version}, and this program reads version {container.VERSION}",
    ):
        container.unpack(FILE[:3] + bytes([version]) + FILE[4:])


@pytest.mark.parametrize("data", [b"", b"FB", b"\x89PNG\r\n", b"fbc\1"])
def test_another_file_is_called_no_fbc(data):
    with pytest.raises(UserError, match=r"^the file is not an \.fbc file"):
        container.unpack(data)
