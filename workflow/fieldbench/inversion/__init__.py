"""From Stokes profiles to a magnetic field under the weak-field approximation."""
