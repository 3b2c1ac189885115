"""Finding places in the text of a page."""


def row(text, start, after=""):
    """The first table row that starts so, below `after`."""
    return next(line for line in text[text.index(after) :].splitlines() if line.startswith(f"| {start}"))


def headline(made, start, *about):
    """The headline of a made-up study that starts so."""
    return next(line for line in made.headlines(*about) if line.startswith(f"**{start}"))
