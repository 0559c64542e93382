from elara_local.briefing import BUDGET, brief
from elara_local.records import Evidence

DOSES = "Child under 20 kg: 3 mg/kg per dose.\nChild 20 kg and over: 2.4 mg/kg per dose."


def test_only_sentences_for_this_patient_are_given():
    (given,) = brief([Evidence("s1", DOSES)], "child 15 kg artesunate", 3)
    assert given.text == "Child under 20 kg: 3 mg/kg per dose."
    assert brief([Evidence("s1", DOSES)], "artesunate", 3)[0].text == DOSES


def test_the_budget_and_the_number_of_passages_are_kept():
    long = "\n".join(["One two three four five six seven eight nine ten."] * 12)
    given = brief([Evidence(f"s{n}", long) for n in range(1, 6)], "x", 3)
    assert [item.id for item in given] == ["s1", "s2"]
    assert sum(len(item.text.split()) for item in given) <= BUDGET


def test_one_sentence_longer_than_the_budget_is_still_given():
    (given,) = brief([Evidence("s1", "word " * 300 + "end.")], "x", 3)
    assert given.text


def test_what_stands_under_the_heading_of_another_patient_is_not_shown_to_a_writer():
    adults = Evidence("s1", "Give 2 g IV.", "Guide", "Ceftriaxone › Adults", shelf="own")
    children = Evidence("s2", "Give 100 mg/kg IV.", "Guide", "Ceftriaxone › Children", shelf="own")
    texts = [item.text for item in brief([adults, children], "ceftriaxone dose child", 2)]
    assert texts == ["", "Give 100 mg/kg IV."]
