"""The spectral lines that the weak-field approximation is applied to, and their Landé factors."""

from dataclasses import dataclass

from fieldbench.errors import UserError

ZEEMAN_CONSTANT = 4.67e-13  # e / (4 pi m_e c^2) in 1 / (Angstrom G), rounded as in the original code


@dataclass(frozen=True)
class Line:
    """A spectral line that a magnetic field splits.

    Attributes:
        name: as people write it.
        wavelength: of the unsplit line, Angstrom.
        j_lower, j_upper: total angular momentum of the two levels.
        g_lower, g_upper: their Landé factors.
    """

    name: str
    wavelength: float
    j_lower: float
    j_upper: float
    g_lower: float
    g_upper: float

    @property
    def shift_per_gauss(self) -> float:
        """Zeeman shift of a component with unit Landé factor, Angstrom / G."""
        return ZEEMAN_CONSTANT * self.wavelength**2

    @property
    def effective_lande(self) -> float:
        """g_eff: the mean shift of the sigma components, which rules Stokes V (Shenstone & Blair 1929)."""
        difference = _square(self.j_lower) - _square(self.j_upper)
        return (self.g_lower + self.g_upper) / 2 + (self.g_lower - self.g_upper) * difference / 4

    @property
    def transverse_lande(self) -> float:
        """G: the second moment that rules Stokes Q and U (Landi Degl'Innocenti & Landolfi 2004, sec. 9.6)."""
        total = _square(self.j_lower) + _square(self.j_upper)
        difference = _square(self.j_lower) - _square(self.j_upper)
        spread = (self.g_lower - self.g_upper) ** 2 * (16 * total - 7 * difference**2 - 4) / 80
        return self.effective_lande**2 - spread


def _square(j: float) -> float:
    return j * (j + 1)


LINES = {
    "mg-i-5173": Line("Mg I 5173", 5172.6843, 1, 1, 1.5, 2.0),
    "na-i-5896": Line("Na I 5896", 5895.9242, 0.5, 0.5, 2.0, 2 / 3),
    "fe-i-6173": Line("Fe I 6173", 6173.334, 1, 0, 2.5, 0),
    "fe-i-6301": Line("Fe I 6301", 6301.4995, 2, 2, 1.84, 1.50),
    "fe-i-6302": Line("Fe I 6302", 6302.4931, 1, 0, 2.49, 0),
    "fe-i-8468": Line("Fe I 8468", 8468.4059, 1, 1, 2.50, 2.49),
    "ca-ii-8542": Line("Ca II 8542", 8542.091, 2.5, 1.5, 1.2, 1.33),
}


def line(key: str) -> Line:
    """The line that a configuration or a file calls `key`.

    Raises:
        UserError: no such line; the message lists those that exist.
    """
    if key not in LINES:
        raise UserError(f"Unknown line '{key}'; known lines: {', '.join(LINES)}.")
    return LINES[key]
