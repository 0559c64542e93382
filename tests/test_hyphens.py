"""Words at a line's end, measured on the textbooks: how many hyphens stay, how many words join."""

import re
import tarfile
from random import Random

import pytest
from lxml import etree

from index.documents.hyphens import Vocabulary, join_lines
from tests.conftest import shared_data


@pytest.fixture(scope="module")
def text():
    archive = shared_data("openstax-nursing") / "openstax-nursing.tar.gz"
    with tarfile.open(archive) as files:
        names = [name for name in files.getnames() if name.endswith("index.cnxml")]
        trees = (etree.fromstring(files.extractfile(name).read()) for name in names)
        return " ".join(" ".join(tree.itertext()) for tree in trees)


def join(left, right, vocabulary):
    return join_lines(f"the {left}\ufffe", f"{right} of", vocabulary)[0][4:-3]


def test_real_hyphens_stay(text):
    """Without the document's own words: what is lost is also written as one word."""
    found = set(re.findall(r"(?<![\w-])[A-Za-z]+-[A-Za-z]+(?![\w-])", text))
    nothing = Vocabulary([])
    lost = [word for word in found if join(*word.split("-"), nothing) != word]
    assert len(found) > 3_000 and len(lost) <= 0.02 * len(found), sorted(lost)


def test_divided_words_are_made_whole(text):
    """Of all the words in the text, divided anywhere but near their ends."""
    found = re.findall(r"(?<![\w-])[a-z]{8,}(?![\w-])", text)[:100_000]
    draw, nothing = Random(1), Vocabulary([])
    places = {word: draw.randint(3, len(word) - 3) for word in sorted(set(found))}
    kept = {w for w, at in places.items() if join(w[:at], w[at:], nothing) != w}
    assert sum(word in kept for word in found) <= 0.04 * len(found), sorted(kept)[:50]


def test_the_document_decides_first():
    words = Vocabulary(["A kuharisha B", "a follow-up visit and no followup", "follow-up"])
    assert join("kuha", "risha", words) == "kuharisha"
    assert join("follow", "up", words) == "follow-up"


@pytest.mark.parametrize("left, right", [("non", "pregnant"), ("mg", "kg"), ("non", "steroidal")])
def test_a_negation_and_a_unit_keep_their_hyphen(left, right):
    assert join(left, right, Vocabulary([])) == f"{left}-{right}"


def test_the_second_line_begins_where_it_says():
    for before, after in (
        ("give 5-", "10 mg"),
        ("ther\ufffe", "apy"),
        ("a", "b"),
        ("40 mg/", "kg"),
    ):
        text, start = join_lines(before, after, Vocabulary([]))
        assert text[start:] == after
