"""What words mean elsewhere: the list itself, and what it does to a question."""

import re

import pytest

from elara_local.errors import WrongFile
from elara_local.grounding.drugs import read_drugs, take_drugs
from elara_local.grounding.items import Page, fold
from elara_local.synonyms import SYNONYMS, Synonym, annotate, expand, read_synonyms
from elara_local.text import words

ALL = read_synonyms()
EXPECTED = """
MI PPH RUTF DKA SAM ORS COPD TB VTE GCS AKI PID UTI PPROM IPTp ACT ARV PMTCT coartem panadol
flagyl septrin augmentin ventolin lasix valium
""".split()


# Abbreviations of a product: they mean that product and nothing else.
PRODUCTS = {"act", "ivig", "rig", "asv", "td", "dtp"}


def drugs_in(text):
    page = Page(fold(text))
    take_drugs(page)
    return {item.value for item in page.items}


def meanings(question):
    return {e.means for e in expand(question)}


def test_the_list_is_long_and_has_what_clinicians_type():
    entries = {synonym.id for synonym in ALL}
    assert len(entries) >= 500
    assert not set(EXPECTED) - {synonym.said for synonym in ALL}


def adds_another(synonym):
    """True where an entry could put another medicine into a search than was asked about."""
    meant = drugs_in(synonym.means)
    if synonym.kind == "brand":
        alone = len(meant) == 1 and synonym.means in read_drugs()
        return not alone or not drugs_in(synonym.said) <= meant
    if synonym.id in PRODUCTS:
        return len(meant) != 1
    return not meant <= drugs_in(synonym.said)


def test_no_entry_adds_another_medicine():
    assert [f"{s.said}: {s.means}" for s in ALL if adds_another(s)] == []


def test_a_planted_wrong_entry_would_be_seen():
    wrong = Synonym("x", "brand", "coartem", "artesunate-amodiaquine and quinine")
    assert adds_another(wrong)
    assert adds_another(Synonym("x", "lay", "fever tablet", "paracetamol"))


def test_an_entry_says_something_else_than_it_is_said():
    assert [s.said for s in ALL if not set(words(s.means)) - set(words(s.said))] == []


def test_short_abbreviations_need_capitals_or_company():
    safe = {"TB", "BP", "DM", "BV", "rx", "tx", "mx", "dx", "hx", "sx"}
    short = [s for s in ALL if s.kind == "abbreviation" and len(s.said) <= 2]
    assert [s.said for s in short if not (s.case or s.near or s.said in safe)] == []


def test_other_names_are_of_the_same_medicine():
    found = expand("acetaminophen and epinephrine")
    assert [e.kind for e in found] == ["name", "name"]
    for expansion in found:
        same = {read_drugs()[word] for word in expansion.means.split()}
        assert same == {read_drugs()[expansion.said]}


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("PPH management", "postpartum haemorrhage"),
        ("pph management", "postpartum haemorrhage"),
        ("ACT for a child", "artemisinin-based combination therapy"),
        ("adult with MI and chest pain", "myocardial infarction heart attack"),
        ("PE, heparin dose", "pulmonary embolism"),
        ("PE in pregnancy with proteinuria", "pre-eclampsia"),
        ("MS with optic neuritis", "multiple sclerosis"),
        ("MS, mitral murmur", "mitral stenosis"),
        ("heavy bleeding after birth", "postpartum haemorrhage"),
        ("VL 5400 on TLD", "viral load"),
        ("VL with a big spleen", "visceral leishmaniasis"),
        ("my son had a fit", "seizure convulsion"),
        ("her waters broke", "rupture of membranes"),
        ("coartem twice a day", "artemether-lumefantrine"),
        ("hemorrhage", "haemorrhage"),
        ("oedema of the legs", "edema"),
    ],
)
def test_what_is_read(question, means):
    assert means in meanings(question)


@pytest.mark.parametrize(
    "question",
    [
        "how should I act on this",
        "what is MS",
        "VL",
        "MS",
        "Sam is ill",
        "PE",
        "PE with proteinuria in pregnancy and a chest clot",
        "WHO IS ON ACT NOW",
        "art and music",
    ],
)
def test_what_could_mean_several_things_is_left_alone(question):
    assert expand(question) == []


def test_what_was_read_stands_behind_what_was_said():
    text = "Dose of Flagyl, and of flagyl syrup; hemorrhage?"
    assert annotate(text, expand(text)) == (
        "Dose of Flagyl (metronidazole), and of flagyl syrup; hemorrhage?"
    )


def test_a_question_is_never_flooded():
    everything = " ".join(synonym.said for synonym in ALL)
    assert len(expand(everything)) <= 8


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "pph"', 'id = "mi"'),
        ('means = "postpartum haemorrhage"', 'means = ""'),
        ("abbreviation = [", "abbreviation = "),
        ("[spelling]", "[other]"),
    ],
)
def test_a_broken_list_is_refused(tmp_path, old, new):
    text = SYNONYMS.read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "synonyms.toml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(WrongFile, match=re.escape("synonyms.toml")):
        read_synonyms(broken)
