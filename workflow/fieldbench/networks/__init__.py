"""The networks that read encoded coordinates."""
