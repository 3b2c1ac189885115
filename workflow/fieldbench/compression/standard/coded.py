"""The coders of `fieldbench encode --max-error`, each by itself: the remainder to nothing as whole numbers (`integers`)."""

from dataclasses import dataclass

from fieldbench import registry
from fieldbench.compression import container, decoding, integers, plain
from fieldbench.compression.correction import SECTION, correction_of
from fieldbench.compression.field import Field
from fieldbench.compression.search import ALL, Search
from fieldbench.compression.standard._base import Standard
from fieldbench.compression.standard._bounded import checked_bound

SMALLEST = "smallest"


def build(coder: str) -> Standard:
    """The codec; its setting is the largest error as a share of the peak.

    Args:
        coder: `interpolated`, between grids; `predicted`, in raster order by weights that learn; `jpegxl`, multiples of
            twice the bound without loss; or another of `integers.CODERS`. `smallest` tries all, as the command does.

    Raises:
        UserError: unknown coder.
    """
    registry.check_word("coder", coder, (SMALLEST, *integers.CODERS))
    return _Coded(coder)


@dataclass(frozen=True)
class _Coded(Standard):
    coder: str

    def encode(self, field: Field, setting: float) -> bytes:
        bound = checked_bound(self.coder, field, setting)
        coded = plain.encode(field)
        search = Search(ALL if self.coder == SMALLEST else (self.coder,))
        section = correction_of(field, decoding.decode(coded), bound, search)
        header, sections = container.unpack(coded)
        return container.pack(header, {**sections, SECTION: section})

    def decode(self, data: bytes, field: Field) -> Field:
        return decoding.decode(data)
