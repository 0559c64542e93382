"""What a user may say to `index fetch`, as a record, and the flags that say it.

The key is read from a file, because a command line is seen by every user of the machine.
`bases`, `limits`, `manners` and `reach` are set by tests only. It asks no network.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from elara_local.errors import WrongUse
from elara_local.settings import read_settings
from index.fetch.pace import Limit
from index.fetch.politeness import Manners

NAMES = ("pubmed", "africa", "stackexchange", "pmc", "medlineplus")
LEAST = 0.30  # of the relevance score of the African collection (index.fetch.relevance)


@dataclass(frozen=True)
class Reach:
    """How much one request asks for, in records; ESearch gives no more than 9,999."""

    search: int = 9999
    page: int = 5000
    batch: int = 200
    workers: int = 3


@dataclass(frozen=True)
class Options:
    """`most` -1 is what the query's own data says, 0 is all; `only` names queries."""

    to: Path
    email: str = ""
    key: str = field(default="", repr=False)
    only: tuple[str, ...] = ()
    most: int = -1
    least: float = LEAST
    again: bool = False
    restricted: bool = False
    bases: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    manners: Manners = field(default_factory=Manners)
    reach: Reach = field(default_factory=Reach)


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """Set up the arguments of `index fetch`."""
    parser.add_argument("source", choices=NAMES, help="where to fetch from")
    parser.add_argument("--to", type=Path, help="the folder (default: fetched/ in the user's)")
    parser.add_argument("--email", default="", help="your address; NCBI asks for it")
    parser.add_argument("--key-file", type=Path, help="a file whose first line is your API key")
    parser.add_argument("--only", action="append", default=[], help="a query's name; repeat it")
    parser.add_argument("--most", type=int, default=-1, help="most records per query; 0 = all")
    parser.add_argument("--least", type=float, default=LEAST, help="africa: lowest relevance")
    parser.add_argument("--again", action="store_true", help="ask queries again that are done")
    parser.add_argument(
        "--restricted",
        action="store_true",
        help="pmc: also fetch NC, ND and SA articles, marked as not to be passed on",
    )


def read_options(arguments: argparse.Namespace) -> Options:
    """Return the options of a parsed command line.

    Raises:
        WrongUse: a value can't be used, or the key file can't be read.
    """
    if arguments.most < -1:
        raise WrongUse(f"--most {arguments.most} is not a number of records.", "Give 0 or more.")
    if not 0.0 <= arguments.least <= 1.0:
        raise WrongUse(f"--least {arguments.least} is not a score.", "Give one from 0 to 1.")
    return Options(
        to=(arguments.to or read_settings().home / "fetched").expanduser().resolve(),
        email=arguments.email.strip(),
        key=_read_key(arguments.key_file),
        only=tuple(arguments.only),
        most=arguments.most,
        least=arguments.least,
        again=arguments.again,
        restricted=arguments.restricted,
    )


def _read_key(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"The key file {path} can't be read.", "Name a text file.") from error
    if not lines:
        raise WrongUse(f"The key file {path} is empty.", "Put the key on its first line.")
    return lines[0]
