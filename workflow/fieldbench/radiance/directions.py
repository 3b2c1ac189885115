"""Real spherical harmonics of directions, as auxiliary inputs or as a basis of colours."""

import torch
from torch import Tensor

DEGREES = (1, 2, 3, 4)


def spherical_harmonics(directions: Tensor, degree: int) -> Tensor:
    """(degree^2, N) values of all orders below `degree` at unit directions (N, 3); orthonormal over the sphere.

    Source: Sloan 2008, "Stupid Spherical Harmonics Tricks", appendix A2.
    """
    x, y, z = directions.T
    xx, yy, zz = x * x, y * y, z * z
    bands = (
        lambda: [torch.full_like(x, 0.28209479177387814)],
        lambda: [-0.4886025119029199 * y, 0.4886025119029199 * z, -0.4886025119029199 * x],
        lambda: [
            1.0925484305920792 * x * y,
            -1.0925484305920792 * y * z,
            0.31539156525252005 * (3 * zz - 1),
            -1.0925484305920792 * x * z,
            0.5462742152960396 * (xx - yy),
        ],
        lambda: [
            -0.5900435899266435 * y * (3 * xx - yy),
            2.890611442640554 * x * y * z,
            -0.4570457994644658 * y * (5 * zz - 1),
            0.3731763325901154 * z * (5 * zz - 3),
            -0.4570457994644658 * x * (5 * zz - 1),
            1.445305721320277 * z * (xx - yy),
            -0.5900435899266435 * x * (xx - 3 * yy),
        ],
    )
    return torch.stack([value for band in bands[:degree] for value in band()])
