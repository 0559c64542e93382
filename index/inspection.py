"""The verbs `index check` and `index review`: is the handbook whole, and who stands for it?

A handbook is a folder of topics, with its medicine cards in a folder of their own. What is
checked: every format, every rule of a card, and every dose in a topic against the cards.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from elara_local.cards import read_card
from elara_local.errors import Missing, WrongUse
from elara_local.passages.folder import open_index
from elara_local.settings import HANDBOOK, Settings
from index.card_rules import find_all_faults
from index.concordance import compare_topics
from index.handbook import read_topic, read_topics
from index.leaflets import MEDICINES, read_leaflets
from index.review import UNREVIEWED, read_review, sign

FAULTY = 1  # exit code: a check said no


def add_inspection_arguments(verbs: Any) -> None:
    """Add both verbs to a parser's sub-commands."""
    check = verbs.add_parser("check", help="check every topic and medicine card, or an index")
    check.add_argument(
        "--from", dest="source", type=Path, default=HANDBOOK, help="the folder of topics"
    )
    check.add_argument("--index", type=Path, help="compare every byte of this index folder")
    check.set_defaults(run=run_check)
    review = verbs.add_parser("review", help="sign a topic or a medicine card as reviewed")
    review.add_argument("file", type=Path, help="the topic (.md) or card (.toml)")
    review.add_argument("--by", required=True, metavar="NAME", help="the clinician who read it")
    review.add_argument("--on", default="", metavar="DATE", help="YYYY-MM-DD (default: today)")
    review.set_defaults(run=run_review)


def run_check(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check an index folder byte by byte, or the handbook by its rules; 1 where one is broken."""
    if arguments.index is not None:
        index = open_index(arguments.index)
        index.close()
        print(f"Every byte of {len(index.manifest['files'])} files is what was built.")
        return 0
    topics = read_topics(arguments.source)
    if not topics:
        raise Missing(
            f"There are no topics (*.md) in {arguments.source}.", "Name the handbook's folder."
        )
    leaflets = read_leaflets(arguments.source / MEDICINES)
    faults = list(find_handbook_faults(arguments.source))
    for fault in faults:
        print(fault)
    bullets = sum(len(lines) for topic in topics for _, lines in topic.sections)
    both = [*topics, *leaflets]
    reviewed = sum(topic.review != UNREVIEWED for topic in both)
    print(
        f"{len(topics)} topics, {bullets} bullets; {len(leaflets)} medicine cards; "
        f"{reviewed} of {len(both)} clinically reviewed; {len(faults)} faults."
    )
    return FAULTY if faults else 0


def find_handbook_faults(source: Path) -> Iterator[str]:
    """Yield what breaks a rule: in a card, between a topic and the cards, in a review."""
    cards = [read_card(path) for path in sorted((source / MEDICINES).glob("*.toml"))]
    yield from find_all_faults(cards)
    yield from map(str, compare_topics(read_topics(source), cards))
    for path in [*sorted(source.glob("*.md")), *sorted((source / MEDICINES).glob("*.toml"))]:
        review = read_review(path.read_text(encoding="utf-8"), path.name)
        if review.is_void:
            yield f"{path.name}: '{review.said}' is void: the text was changed since; read it again"


def run_review(arguments: argparse.Namespace, settings: Settings) -> int:
    """Sign one file; it is read and checked first, so that nothing broken is signed."""
    try:
        day = date.fromisoformat(arguments.on) if arguments.on else date.today()
    except ValueError as error:
        raise WrongUse(f"'{arguments.on}' is not a date.", "Give it as YYYY-MM-DD.") from error
    if not arguments.file.is_file():
        raise WrongUse(
            f"There is no file {arguments.file}.", "Name a topic (.md) or a card (.toml)."
        )
    if arguments.file.suffix == ".toml":
        read_card(arguments.file)
    else:
        read_topic(arguments.file)
    print(f"{arguments.file.name}: {sign(arguments.file, arguments.by, day)}.")
    print("Build the index anew, so that answers show it: python3 launcher.py index build")
    return 0
