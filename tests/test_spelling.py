"""Which words are mended to which, and which are left as they were typed."""

import pytest

from elara_local.spelling import (
    Spelling,
    is_listed,
    is_medicine,
    is_ordinary,
    is_slip,
    sound,
    substitute,
)

WORDS = {"asthma": 40, "ashma": 1, "fracture": 20, "fractures": 30, "draining": 4, "dystonia": 3}


def correct(text, held=()):
    return Spelling(WORDS, lambda word: word in held).correct(text)


def test_a_slip_is_mended_to_the_commonest_of_the_nearest_words():
    assert correct("astma attack") == {"astma": "asthma"}


@pytest.mark.parametrize("word", ["drowning", "features", "dystocia", "asthma", "fractured"])
def test_a_real_word_is_left_alone(word):
    assert correct(f"child {word}", held={"fractured"}) == {}


def test_a_rare_disease_is_not_mended_to_another():
    words = {"endometritis": 9, "scabies": 9, "escabiose": 2}
    spelling = Spelling(words, lambda _: False)
    assert spelling.correct("endometriosis pain") == {}
    assert spelling.correct("qual o tratamento da escoliose") == {}
    assert spelling.correct("endometrits pain") == {"endometrits": "endometritis"}


@pytest.mark.parametrize("drug", ["zolvatrexin", "cefotetan", "clonidine", "hydroxyzine"])
def test_a_medicine_is_never_mended_to_a_word_far_from_it(drug):
    assert correct(f"{drug} dose") == {}


def test_a_medicine_goes_before_an_index_word_one_slip_nearer():
    words = {"amoxicilin": 1, "amoxicillin": 30}
    assert Spelling(words, lambda _: False).correct("amoxcilin") == {"amoxcilin": "amoxicillin"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("phenitoin", "phenytoin"),  # a vowel for another
        ("metronidozol", "metronidazole"),  # two slips, one sound
        ("diazepan", "diazepam"),  # sounds like it
        ("amoxcillin", "amoxicillin"),  # left out
        ("typhiod", "typhoid"),  # swapped
        ("ceftriaxzone", "ceftriaxone"),  # slipped in
        ("hypertention", "hypertension"),
    ],
)
def test_a_slip_of_the_finger_or_of_the_ear_is_one(typed, meant):
    assert is_slip(typed, meant)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("praziquandol", "praziquantel"),
        ("dolutegranib", "dolutegravir"),
        ("nifedipride", "nifedipine"),
        ("bilirubic", "bilirubin"),
        ("kolamine", "ketamine"),
        ("trypanoma", "trypanosoma"),
    ],
)
def test_another_stem_or_consonant_is_no_slip(typed, meant):
    assert not is_slip(typed, meant)
    assert Spelling({meant: 30}, lambda _: False).correct(typed) == {}


def test_a_word_is_heard_by_its_consonants():
    assert sound("phenitoin") == sound("fenytoin") == "fntn"
    assert sound("artesunate") != sound("artemether")


def test_a_medicine_cut_short_is_read_where_the_index_holds_it_and_only_one_begins_so():
    words = {"phenobarbital": 30, "hydroxyurea": 9, "hydroxychloroquine": 9}
    spelling = Spelling(words, lambda _: False)
    assert spelling.correct("phenobarb dose") == {"phenobarb": "phenobarbital"}
    assert spelling.correct("phenob dose") == spelling.correct("hydroxy dose") == {}
    assert spelling.correct("methylpred dose") == {}


def test_a_text_is_mended_word_by_word():
    assert substitute("Astma attack, astma?", {"astma": "asthma"}) == "asthma attack, asthma"
    assert substitute("Asthma?", {}) == "Asthma?"


def test_kinds_of_words():
    assert is_listed("dystocia") and not is_listed("dystociaa")
    assert is_ordinary("drowning") and not is_ordinary("astma")
    assert is_medicine("paracetamol") and not is_medicine("fever")


def test_a_swahili_word_is_ordinary_only_among_swahili():
    assert is_ordinary("nimpeleke", {"sw"}) and is_ordinary("sakafuni", {"sw"})
    assert not is_ordinary("nimpeleke", {"sw", "en"}) and not is_ordinary("nimpeleke")
    assert not is_ordinary("zolvatrexin", {"sw"}) and not is_ordinary("morrenberg", {"sw"})
