"""Doses that contradict each other are found; doses for different patients are not."""

from itertools import combinations, count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.discord import compare, find_discord
from elara_local.records import Passage
from elara_local.regimens import read_regimens

IDS = count(1)


def passage(text, document="own", title="Malaria and meningitis", section="Treatment", **fields):
    return Passage(next(IDS), document, title, section, text, 0, len(text), **fields)


def found(one, other, **fields):
    pair = [passage(one, "ministry", **fields), passage(other, "handbook", **fields)]
    return [(d.drug, d.about) for d in find_discord(pair)]


DAILY = "2 g once daily"
MENINGITIS = "For bacterial meningitis in a child, give ceftriaxone {}."
TRUE = [
    (MENINGITIS.format("100 mg/kg IV once daily"), MENINGITIS.format("50 mg/kg IV once daily")),
    (MENINGITIS.format("100 mg/kg IV once daily"), MENINGITIS.format("500 mg/kg IV once daily")),
    (MENINGITIS.format("100 mg/kg/day"), MENINGITIS.format("25 mg/kg every 12 hours")),
    (MENINGITIS.format("2 g every 12 hours"), MENINGITIS.format("2 g once daily")),
    (
        "Severe malaria in children under 20 kg: artesunate 3 mg/kg IV at 0, 12 and 24 hours.",
        "Children under 20 kg with severe malaria: artesunate 2.4 mg/kg IV at 0, 12 and 24 h.",
    ),
    (
        "Adult gonorrhoea: ceftriaxone 250 mg intramuscularly once.",
        "For gonorrhoea in an adult give ceftriaxone 1 g intramuscularly once.",
    ),
    (
        "Paracetamol for fever in a child: 10 mg/kg every 6 hours.",
        "Fever in children: acetaminophen 20 mg/kg every 6 hours.",
    ),
    (
        "Newborn sepsis: gentamicin 5 mg/kg IV once daily.",
        "For newborn sepsis give 7.5 mg/kg gentamicin IM or IV once daily.",
    ),
    (
        "Hypoglycaemia in a child: glucose 10% 2 mL/kg IV.",
        "Give a child with hypoglycaemia glucose 10% 5 mL/kg IV.",
    ),
]  # fmt: skip
FALSE = [
    # the same in other words, or overlapping
    (MENINGITIS.format("100 mg/kg IV once daily"), MENINGITIS.format("100 mg/kg/day IV")),
    (MENINGITIS.format("50 to 80 mg/kg once daily"), MENINGITIS.format("80 mg/kg once daily")),
    (MENINGITIS.format("2 g every 12 hours"), MENINGITIS.format("4 g once daily")),
    (MENINGITIS.format("1 g once daily"), MENINGITIS.format("1000 mg once daily")),
    # what can't be compared
    (MENINGITIS.format("100 mg/kg once daily"), MENINGITIS.format("50 mg/kg")),
    (MENINGITIS.format("100 mg/kg once daily"), MENINGITIS.format("2 g once daily")),
    (MENINGITIS.format("100 mg/kg once daily"), MENINGITIS.format("50 mL once daily")),
    # another patient, route, condition, medicine or strength
    (
        MENINGITIS.format("2 g IV once daily"),
        MENINGITIS.replace("a child", "an adult").format("4 g IV once daily"),
    ),
    (
        MENINGITIS.format("2 g IV once daily"),
        MENINGITIS.format("1 g IM once daily"),
    ),
    (
        MENINGITIS.format(DAILY),
        "For gonorrhoea in a child, give ceftriaxone 1 g once daily.",
    ),
    (
        MENINGITIS.format(DAILY),
        "To prevent meningitis in a child contact, give ceftriaxone 250 mg once.",
    ),
    (
        MENINGITIS.format(DAILY),
        MENINGITIS.format("2 g once daily").replace("ceftriaxone 2", "cefotaxime 4"),
    ),
    (
        "Severe malaria in a child: artesunate 3 mg/kg IV.",
        "Uncomplicated malaria in a child: artesunate 4 mg/kg.",
    ),
    (
        "Severe malaria in children under 20 kg: artesunate 3 mg/kg IV.",
        "Severe malaria in children of 20 kg or more: artesunate 2.4 mg/kg IV.",
    ),
    (
        "Newborn sepsis in the first week: gentamicin 5 mg/kg IV once daily.",
        "Newborn sepsis after the first week: gentamicin 7.5 mg/kg IV once daily.",
    ),
    (
        "Hypoglycaemia in a child: glucose 10% 5 mL/kg IV.",
        "Hypoglycaemia in a child: glucose 50% 1 mL/kg IV.",
    ),
    # no dose to give
    (
        MENINGITIS.format(DAILY),
        "Do not give a child with meningitis ceftriaxone 4 g once daily.",
    ),
    (
        MENINGITIS.format(DAILY),
        "A child with meningitis took ceftriaxone 40 g once daily.",
    ),
    (
        "Seizure in a child: phenobarbital 20 mg/kg IV.",
        "Seizure in a child: repeat phenobarbital 10 mg/kg IV.",
    ),
    (
        MENINGITIS.format(DAILY),
        "For meningitis in a child, a ceftriaxone vial holds 1 g once daily.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), TRUE)
def test_a_contradiction_is_found_either_way_round(one, other):
    assert [about for _, about in found(one, other)] == ["dose"]
    assert [about for _, about in found(other, one)] == ["dose"]


@pytest.mark.parametrize(("one", "other"), FALSE)
def test_what_is_no_contradiction_is_not_reported(one, other):
    assert found(one, other) == []
    assert found(other, one) == []


def test_ceilings_are_compared_where_the_dose_is_the_same():
    sickle = "A child with sickle cell disease: ceftriaxone 80 mg/kg once daily, maximum 2 g."
    ear = "For mastoiditis, give a child ceftriaxone 80 mg/kg once daily, maximum 4 g per day."
    assert found(sickle, ear) == [("ceftriaxone", "maximum")]
    assert found(sickle, ear.replace("4 g", "2 g")) == []
    assert found(sickle, ear.replace("80", "100")) == []
    assert found(sickle, ear.replace("a child", "an adult")) == []


def test_a_discord_names_both_sentences_word_for_word():
    texts = ["Rest first. " + TRUE[0][0] + " Then watch.", TRUE[0][1]]
    pair = [passage(texts[0], "ministry", edition="2024"), passage(texts[1], "handbook")]
    (discord,) = find_discord(pair)
    assert (discord.one.sentence, discord.other.sentence) == TRUE[0]
    assert discord.one.passage is pair[0] and discord.other.passage is pair[1]
    assert texts[0][discord.one.start : discord.one.end] == TRUE[0][0]


def test_one_document_is_not_set_against_itself():
    pair = [passage(text, "ministry") for text in TRUE[0]]
    assert find_discord(pair) == []


def test_a_table_of_weights_is_left_alone():
    table = "Severe malaria in a child: artesunate 30 mg under 10 kg, 60 mg for 10 to 20 kg IV."
    assert found(table, "Severe malaria in a child of 15 kg: artesunate 45 mg IV.") == []


def test_the_group_may_stand_in_the_heading():
    texts = [text.replace(" in a child", "") for text in TRUE[0]]
    assert found(*texts, section="Treatment › Children") == [("ceftriaxone", "dose")]
    pair = [
        passage(texts[0], "a", section="Children"),
        passage(texts[1], "b", section="Adults"),
    ]
    assert find_discord(pair) == []


@given(st.lists(st.sampled_from([text for pair in TRUE + FALSE for text in pair]), max_size=8))
def test_any_passages_may_be_compared(texts):
    passages = [passage(text, f"d{n % 3}") for n, text in enumerate(texts)]
    for discord in find_discord(passages):
        assert discord.one.passage.document != discord.other.passage.document
        assert discord.one.drug == discord.other.drug == discord.drug


def test_the_handbook_disagrees_only_where_its_sources_do(prebuilt):
    regimens: dict[str, list] = {}
    for stored in prebuilt.store.passages():
        for regimen in read_regimens(stored):
            regimens.setdefault(regimen.drug, []).append(regimen)
    assert sum(map(len, regimens.values())) > 300
    discords = [
        d for told in regimens.values() for a, b in combinations(told, 2) for d in compare(a, b)
    ]
    # Read one by one: 2 g or 4 g of ceftriaxone a day at most, 2 or 5 mL/kg of glucose 10 %.
    # Two are false: the first and the second dose of phenobarbital, and of ribavirin.
    assert {(d.drug, d.about) for d in discords} == {
        ("ceftriaxone", "maximum"),
        ("glucose", "dose"),
        ("phenobarbital", "dose"),
        ("ribavirin", "dose"),
    }
    assert len(discords) <= 13
