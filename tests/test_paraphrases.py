"""The fair paraphrases of content/evaluation/paraphrases: well made, and read safely.

How many are refused is a figure that the grounding suite reports; it is far above the goal of
5 %. Here the share of the dev half may not grow.
"""

import pytest

from elara_local.evaluation.checking import read_paraphrases
from elara_local.evaluation.mutations import mutations
from elara_local.grounding.check import check_sentence
from elara_local.grounding.rewording import reworded
from elara_local.grounding.wording import plain_form, read_wording
from elara_local.passages.folder import open_index
from elara_local.records import Evidence
from elara_local.settings import PREBUILT_INDEX

LARGEST_DEV_SHARE = 0.41
PARAPHRASES = read_paraphrases()
# Not negation, modality and condition: a change of these may leave a paraphrase true.
MUTATED = "number unit basis frequency duration route range comparator drug population".split()


def evidence(paraphrase):
    return [Evidence("s1", paraphrase.sentence)]


def test_there_are_enough_in_two_halves():
    halves = [p.half for p in PARAPHRASES]
    assert len(halves) >= 320
    assert set(halves) == {"dev", "test"}
    # those that were written last are for test alone
    assert halves.count("test") >= halves.count("dev") >= 160
    assert len({p.document for p in PARAPHRASES}) >= 300


def test_the_source_sentences_stand_in_the_handbook():
    index = open_index(PREBUILT_INDEX)
    texts = {p.document: index.store.text_of(p.document) for p in PARAPHRASES}
    index.close()
    lost = [p.document for p in PARAPHRASES if p.sentence not in texts[p.document]]
    assert len(PARAPHRASES) - len(lost) >= 300, lost  # a sentence that was reworded since


def test_none_is_the_sentence_itself():
    for paraphrase in PARAPHRASES:
        assert check_sentence(paraphrase.text, evidence(paraphrase)).support != "quoted"


def test_no_more_of_the_dev_half_are_refused_than_were():
    dev = [p for p in PARAPHRASES if p.half == "dev"]
    refused = [p.text for p in dev if not check_sentence(p.text, evidence(p)).passed]
    assert len(refused) / len(dev) <= LARGEST_DEV_SHARE, refused


@pytest.mark.parametrize("kind", MUTATED)
def test_a_paraphrase_with_one_wrong_fact_is_refused(kind):
    made = [(m, p) for p in PARAPHRASES for m in mutations(kind, p.text)[:3]]
    passed = [m for m, p in made if check_sentence(m, evidence(p)).passed]
    assert len(made) >= 15
    assert passed == []


def test_a_paraphrase_of_another_sentence_is_refused():
    pairs = zip(PARAPHRASES, PARAPHRASES[1:], strict=False)
    assert not [p.text for p, q in pairs if check_sentence(p.text, evidence(q)).passed]


OPPOSITES = [
    ("hypoglycaemia", "hyperglycaemia"), ("hypokalaemia", "hyperkalaemia"),
    ("hypertension", "hypotension"), ("tachycardia", "bradycardia"), ("increase", "reduce"),
    ("raise", "lower"), ("start", "stop"), ("before", "after"), ("may", "should"),
    ("acute", "chronic"), ("maximum", "minimum"), ("often", "rarely"), ("adult", "child"),
    ("abdomen", "chest"), ("kidney", "liver"), ("vein", "artery"), ("daily", "weekly"),
    ("high potassium", "low potassium"), ("overactive thyroid", "underactive thyroid"),
    ("usual", "rare"), ("mild", "severe"), ("inside", "outside"), ("left", "right"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), OPPOSITES)
def test_no_list_makes_two_opposites_one(one, other):
    forms = [[plain_form(word) for word in reworded(text).split()] for text in (one, other)]
    assert forms[0] != forms[1]
    assert reworded(one) != reworded(other)


def test_no_phrase_names_a_number_a_negation_or_a_modality():
    kept = {"30 minutes", "thirty minutes", "one day"}
    for other, first in read_wording().phrases.items():
        words = set(f"{other} {first}".split())
        assert not words & {"must", "should", "never", "cannot", "unless", "only"}, other
        said = {text for text in (other, first) if any(c.isdigit() for c in text)}
        assert said <= kept, other


SAME = [
    ("Refer at once.", "Refer immediately."),
    ("An adult who is not pregnant", "A non-pregnant adult"),
    ("Women who are breastfeeding", "Breastfeeding women"),
    ("The test does not rule out malaria.", "The test does not exclude malaria."),
    ("a single dose of zinc 20 mg", "zinc 20 mg once"),
    ("if dengue is suspected", "for suspected dengue"),
    ("when a woman has had it", "when a woman has had it"),
    ("once a week", "once a week"),
    ("no need for oxygen", "no need for oxygen"),
    ("as soon as it is positive", "as soon as it is positive"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_wordings_become_one(one, other):
    assert plain(reworded(one)) == plain(reworded(other))


def plain(text):
    return [
        plain_form(word) for word in text.casefold().strip(".").split() if word not in ("a", "an")
    ]
