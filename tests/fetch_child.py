"""One fetch in a process of its own, so that a test can kill it: `python -m tests.fetch_child`.

Arguments: source, folder, then host=address for each local site. Prints the summary.
"""

import sys
from pathlib import Path

from index.fetch import run_fetch
from tests.fetching import make_options


class At:
    """What make_options needs of a site."""

    def __init__(self, address):
        self.address = address


def main(source, folder, *sites):
    named = dict(site.split("=", 1) for site in sites)
    options = make_options(
        Path(folder), {name: At(address) for name, address in named.items()}, only=ONLY[source]
    )
    return run_fetch(source, options, print)


ONLY = {"pubmed": ("asthma", "malaria"), "pmc": ("malaria",), "stackexchange": ()}

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
