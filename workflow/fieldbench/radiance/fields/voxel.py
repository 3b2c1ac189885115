"""A dense grid of density and colour, without a network: trilinear, colours in spherical harmonics.

In the family of Plenoxels (Fridovich-Keil et al. 2022) and DVGO (Sun et al. 2022), which interpolate before the
activation.
"""

from torch import Tensor
from torch.nn import functional as F

from fieldbench.encoders import multigrid
from fieldbench.radiance.directions import DEGREES, spherical_harmonics
from fieldbench.radiance.fields._base import IN_DIM, RadianceField, to_density
from fieldbench.registry import check_word
from fieldbench.values import Count


def build(*, resolution: Count, degree: Count = 2) -> "Voxel":
    """Build the field.

    Args:
        resolution: lattice points along each side of the cube.
        degree: bands of spherical harmonics of a colour.

    Raises:
        UserError: a degree that is not known.
    """
    check_word("degree", degree, DEGREES)
    return Voxel(resolution, degree)


class Voxel(RadianceField):
    """One table, see `build`."""

    def __init__(self, resolution: int, degree: int) -> None:
        super().__init__()
        self.encoder = multigrid.build(
            IN_DIM,
            base_resolution=resolution,
            max_resolution=resolution,
            levels=1,
            features=1 + 3 * degree**2,
            table_size=resolution**3,
            cells="aligned",
        )
        self.resolution, self.degree = resolution, degree
        self.multiply_adds = 0, 3 * degree**2
        self.table_bytes = 4 * self.encoder.tables[0].numel()

    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        values = self.encoder(points).T if points.device.type == "cpu" else self.sampled(points)
        return to_density(values[0]), values[1:]

    def sampled(self, points: Tensor) -> Tensor:
        """The grid's values (C, N) at points by torch's own look-up, which is fast on CUDA."""
        volume = self.encoder.tables[0].T.unflatten(1, [self.resolution] * 3)[None]
        places = (2 * points - 1).flip(-1)[None, None, None]  # the fastest axis first
        return F.grid_sample(volume, places, align_corners=True)[0, :, 0, 0]

    def view(self, directions: Tensor) -> Tensor:
        return spherical_harmonics(directions, self.degree)

    def colour(self, latent: Tensor, view: Tensor) -> Tensor:
        return (latent.unflatten(0, (3, -1)) * view).sum(1).sigmoid()
