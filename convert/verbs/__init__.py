"""The verbs of `python -m convert`: one file each, arguments in, an exit code out."""
