"""The one error of a set-up: a line that says what lacks and what to do."""


class Trouble(Exception):
    """Something needed is missing; the launcher prints the line and ends with code 3."""
