"""Integer arrays as bytes near their entropy, by a range coder with models that both sides compute alike.

Every probability comes from whole numbers, or from additions, multiplications and divisions of doubles, which IEEE 754
rounds alike everywhere; no library's exponential is involved. Coder: `constriction` (Bamler 2022).
"""

import lzma
import math
import zlib
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from fieldbench.errors import UserError

try:
    import constriction
except ImportError as error:
    raise UserError(
        "Learned codecs need the package `constriction`, which pip builds for this machine where Rust is installed: "
        "`pip install constriction`."
    ) from error

model = constriction.stream.model
MOST = 2**23  # largest magnitude of a symbol, so that every gap between two is a symbol itself
LONGEST = 30  # bits of a count after its leading one
REACH = (
    21  # bits of a symbol of a Laplace distribution, whose table has twice so many entries as it has values
)
MANTISSAS = (1, 2, 3, 5, 8)  # bits of a count that a stored histogram may keep after its leading one
SCALES = 64  # Laplace scales: quarter octaves from 2^-3 on
ROOTS = (1.0, 1.189207115002721, 1.4142135623730951, 1.681792830507429)  # 2^0, 2^(1/4), 2^(1/2), 2^(3/4)
FIRST = np.array([8, 12])  # exponent and scale that a first tensor's are told as differences from
WORD = 4  # bytes that the coder writes at a time
LZMA_MEMORY = 2**27  # bytes that unpacking may take; a mask that is written takes a tenth


class Writer:
    """Collects arrays into one stream; `Reader` gets the same calls in the same order."""

    def __init__(self) -> None:
        self._coder = constriction.stream.queue.RangeEncoder()

    def bytes(self) -> bytes:
        """The stream so far, without those of the last word's bytes that a reader can add: the coder ends on ones."""
        words = self._coder.get_compressed().astype(">u4").tobytes()
        return words[: max(len(words.rstrip(b"\xff")), len(words) - WORD + 1)] if words else words

    def integers(self, values: np.ndarray) -> None:
        """Write whole numbers from 0 to 2^24 - 1, small ones in fewer bits: Elias's gamma code, by its lengths."""
        plus_one = np.asarray(values, np.int32) + 1
        lengths = _bit_lengths(plus_one)
        self._coder.encode(lengths, GAMMA)
        self.uniform(plus_one - (1 << lengths), 1 << lengths)

    def uniform(self, values: np.ndarray, sizes: np.ndarray) -> None:
        """Write values of which each is one of `sizes` equally likely ones; those of size 1 take nothing."""
        real = sizes > 1
        self._coder.encode(
            np.ascontiguousarray(values[real], np.int32),
            model.Uniform(),
            np.ascontiguousarray(sizes[real], np.int32),
        )

    def histogram(self, symbols: np.ndarray) -> None:
        """Write symbols (any shape, |symbol| < 2^23) after a histogram of them."""
        symbols = np.asarray(symbols).reshape(-1)
        if not symbols.size:
            return
        alphabet, positions, counts = np.unique(symbols, return_inverse=True, return_counts=True)
        if max(-int(alphabet[0]), int(alphabet[-1])) >= MOST:
            raise ValueError(f"symbols reach from {alphabet[0]} to {alphabet[-1]}, beyond 2^23")
        mantissa = min(
            MANTISSAS, key=lambda bits: bits * len(counts) + _cross_entropy(counts, _kept(counts, bits))
        )
        self.integers(np.array([len(alphabet) - 1, _zigzag(alphabet[:1])[0], MANTISSAS.index(mantissa)]))
        self.integers(np.diff(alphabet) - 1)
        self._counts(_kept(counts, mantissa), mantissa)
        if len(alphabet) > 1:
            table = model.Categorical(_kept(counts, mantissa).astype(np.float64), perfect=False)
            self._coder.encode(positions.reshape(-1).astype(np.int32), table)

    def _counts(self, counts: np.ndarray, mantissa: int) -> None:
        lengths = _bit_lengths(counts)
        self.integers(_zigzag(np.diff(lengths, prepend=0)))
        shift = np.maximum(lengths - mantissa, 0)
        self.uniform((counts - (1 << lengths)) >> shift, 1 << (lengths - shift))

    def laplace(self, symbols: np.ndarray, scale: int) -> None:
        """Write whole numbers (any shape) by a Laplace distribution about 0 whose scale is `_scale(scale)`."""
        symbols = np.asarray(symbols, np.int64).reshape(-1)
        length = _reach_length(symbols)
        if length > REACH:
            raise ValueError(f"symbols of {length} bits, more than {REACH}")
        self.integers(np.array([length]))
        table = model.Categorical(_laplace_table(scale, length), perfect=False)
        self._coder.encode((symbols + 2**length - 1).astype(np.int32), table)


class Reader:
    """Takes arrays out of a stream in the order in which a `Writer` wrote them."""

    def __init__(self, data: bytes) -> None:
        words = np.frombuffer(data + b"\xff" * (-len(data) % WORD), ">u4")
        self._coder = constriction.stream.queue.RangeDecoder(words.astype(np.uint32))

    def integers(self, count: int) -> np.ndarray:
        """See `Writer.integers`."""
        lengths = self._coder.decode(GAMMA, count).astype(np.int64)
        return self.uniform(1 << lengths) + (1 << lengths) - 1

    def uniform(self, sizes: np.ndarray) -> np.ndarray:
        """See `Writer.uniform`."""
        values, real = np.zeros(len(sizes), np.int64), sizes > 1
        values[real] = self._coder.decode(model.Uniform(), np.ascontiguousarray(sizes[real], np.int32))
        return values

    def histogram(self, count: int) -> np.ndarray:
        """See `Writer.histogram`; (count,) int32."""
        if not count:
            return np.zeros(0, np.int32)
        others, first, kind = self.integers(3)
        if others >= count:
            raise ValueError(f"{others + 1} different symbols among {count}")
        gaps = self.integers(int(others)) + 1
        alphabet = (_unzigzag(first) + np.concatenate([[0], np.cumsum(gaps)])).astype(np.int32)
        counts = self._counts(len(alphabet), MANTISSAS[kind])
        if len(alphabet) == 1:
            return np.full(count, alphabet[0])
        table = model.Categorical(counts.astype(np.float64), perfect=False)
        return alphabet[self._coder.decode(table, count)]

    def _counts(self, count: int, mantissa: int) -> np.ndarray:
        lengths = np.cumsum(_unzigzag(self.integers(count)))
        if lengths.min() < 0 or lengths.max() > LONGEST:
            raise ValueError("counts that no histogram has")
        shift = np.maximum(lengths - mantissa, 0)
        return (self.uniform(1 << (lengths - shift)) << shift) + (1 << lengths)

    def laplace(self, shape: tuple[int, ...], scale: int) -> np.ndarray:
        """See `Writer.laplace`; `shape` int64."""
        length = int(self.integers(1)[0])
        if length > REACH:
            raise ValueError(f"symbols of {length} bits")
        table = model.Categorical(_laplace_table(scale, length), perfect=False)
        return self._coder.decode(table, math.prod(shape)).astype(np.int64).reshape(shape) - 2**length + 1

    def finish(self) -> None:
        """Raise ValueError where the stream goes on: it was not written by the calls that read it."""
        if not self._coder.maybe_exhausted():
            raise ValueError("a stream does not end with its symbols")


def entropy_bits(symbols: np.ndarray) -> float:
    """Bits that an ideal coder needs for `symbols` if it is told their histogram for nothing."""
    counts = np.unique(symbols, return_counts=True)[1]
    return _cross_entropy(counts, counts)


def weight_bits(symbols: np.ndarray) -> float:
    """Bits that an ideal coder needs for a tensor of whole numbers by its model in `encode_weights`."""
    scale = _scale_index(np.abs(symbols).mean())
    symbols = np.asarray(symbols, np.int64).reshape(-1)
    length = _reach_length(symbols)
    table = _laplace_table(scale, length)
    return float(-np.log2(table[symbols + 2**length - 1] / table.sum()).sum())


def encode_weights(tensors: Sequence[np.ndarray], exponents: Sequence[int]) -> bytes:
    """Real tensors as whole multiples of a step each, by a Laplace distribution whose scale is stored.

    Args:
        tensors: of any shapes.
        exponents: each tensor's step is 2^-exponent, exponent in [-32, 31].
    """
    writer, last = Writer(), FIRST
    for tensor, exponent in zip(tensors, exponents, strict=True):
        symbols = np.rint(np.asarray(tensor, np.float64) * 2.0**exponent).astype(np.int64)
        scale = _scale_index(np.abs(symbols).mean())
        writer.integers(_zigzag(np.array([exponent, scale]) - last))
        writer.laplace(symbols, scale)
        last = np.array([exponent, scale])
    return writer.bytes()


def decode_weights(data: bytes, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """The tensors that `encode_weights` wrote, rounded to their steps; float32."""
    reader, last, tensors = Reader(data), FIRST, []
    for shape in shapes:
        last = last + _unzigzag(reader.integers(2))
        exponent, scale = last.tolist()
        tensors.append(np.ldexp(reader.laplace(shape, scale), -exponent).astype(np.float32))
    reader.finish()
    return tensors


def weight_exponent(tensor: np.ndarray, bits: int) -> int:
    """The finest step's exponent with which the largest weight has fewer than `bits` bits and a sign."""
    largest = float(np.abs(tensor).max(initial=0))
    return int(np.clip(bits - 1 - math.frexp(largest)[1], -32, 31)) if largest else 0


def inflate(data: bytes, size: int, by: ModuleType = zlib) -> bytes:
    """The `size` bytes that `data` hold, deflated or by LZMA; never more are made, whatever the data are.

    Raises:
        ValueError: they hold fewer or more.
    """
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_ALONE, LZMA_MEMORY) if by is lzma else zlib.decompressobj()
    content = unpacker.decompress(data, size + 1)
    if len(content) != size or unpacker.unused_data:
        raise ValueError(f"a section does not hold the {size} bytes that the header says")
    return content


def _bit_lengths(values: np.ndarray) -> np.ndarray:
    """floor(log2 value) of whole numbers from 1 to 2^31 - 1, without a rounded logarithm."""
    return (np.frexp(values.astype(np.float64))[1] - 1).astype(np.int32)


def _zigzag(values: np.ndarray) -> np.ndarray:
    """Signed to unsigned: 0, -1, 1, -2 ... to 0, 1, 2, 3 ..."""
    return np.where(values < 0, -2 * values - 1, 2 * values)


def _unzigzag(values: np.ndarray) -> np.ndarray:
    return np.where(values % 2, -(values + 1) // 2, values // 2)


def _kept(counts: np.ndarray, mantissa: int) -> np.ndarray:
    """Counts with all but `mantissa` bits after their leading one set to zero."""
    shift = np.maximum(_bit_lengths(counts) - mantissa, 0)
    return counts >> shift << shift


def _cross_entropy(counts: np.ndarray, weights: np.ndarray) -> float:
    """Bits for symbols that occur `counts` times each, coded as if in proportion to `weights`."""
    return float(-(counts * np.log2(weights / weights.sum())).sum())


def _exponential(x: np.ndarray) -> np.ndarray:
    """exp(x) for x in [-700, 0] from products and sums alone: a Taylor series at x / 2^14, squared 14 times."""
    small, series = x / 2**14, np.ones_like(x)
    for order in range(8, 0, -1):
        series = 1 + series * small / order
    for _ in range(14):
        series = series * series
    return series


def _scale(index: int) -> float:
    return math.ldexp(ROOTS[index % 4], index // 4 - 3)


def _scale_index(scale: float) -> int:
    """The number of the Laplace scale nearest to `scale` by ratio."""
    bounds = np.array([_scale(i) * 1.0905077326652577 for i in range(SCALES - 1)])  # times 2^(1/8)
    return int(np.searchsorted(bounds, scale))


def _reach_length(symbols: np.ndarray) -> int:
    """Bits of the largest magnitude, at least 1."""
    return int(_bit_lengths(np.abs(symbols).max(initial=1, keepdims=True))[0]) + 1


def _laplace_table(scale: int, length: int) -> np.ndarray:
    """Probabilities of -(2^length - 1) .. 2^length - 1: each the distribution's integral over its unit."""
    edges = np.arange(1 - 2**length, 2**length + 1) - 0.5
    tail = _exponential(np.maximum(-np.abs(edges) / _scale(scale), -700.0)) / 2
    lower, upper = np.where(edges < 0, tail, 1 - tail), np.where(edges < 0, 1 - tail, tail)
    inside = np.where(edges[:-1] < 0, np.diff(lower), -np.diff(upper))
    return np.maximum(inside, 2.0**-24)


# Lengths 0 .. 24 of Elias's gamma code, each as likely as the code has it: half as likely as the one before.
GAMMA = model.Categorical(2.0 ** -np.arange(1.0, 26.0), perfect=False)
