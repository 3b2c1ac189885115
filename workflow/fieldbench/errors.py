"""What went wrong, told to the person who can mend it."""


class UserError(Exception):
    """A fault in data, configuration or environment: one sentence that names the file or key and the remedy."""


class OutOfTime(Exception):
    """A job's time limit is near; it has saved its state and can go on from there."""


class Unsuitable(UserError):
    """A method cannot work on these data, whatever the user mends: a row that says so, and no end of the run."""
