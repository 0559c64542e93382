"""The command line: `python3 launcher.py ...`, or `python -m elara_local ...`.

Exit codes: 0 done, 1 a check said no, 2 wrong use, 3 something needed is missing.
"""

from elara_local.cli.program import main

__all__ = ["main"]
