"""Classes of medicines: what they are called, and who is a member."""

import tomllib

import pytest

from elara_local.classes import members_in, read_classes
from elara_local.errors import WrongFile
from elara_local.grounding.drugs import read_drugs


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("which statin dose", "Give atorvastatin 40 mg.", "atorvastatin"),
        ("dose of NSAIDs", "Ibuprofen 400 mg by mouth.", "ibuprofen"),
        ("beta-blocker dose", "Atenolol 50 mg.", "atenolol"),
        ("dose de bêta-bloquant", "Atenolol 50 mg.", "atenolol"),
        ("dosis de corticoides", "Prednisolone 40 mg.", "prednisolone"),
        ("dose de inibidor da ECA", "Enalapril 5 mg.", "enalapril"),
        ("dozi ya dawa ya minyoo", "Albendazole 400 mg once.", "albendazole"),
        ("ACE inhibitor dose", "Lisinopril 10 mg.", "lisinopril"),
    ],
)
def test_a_member_answers_for_its_class(question, text, expected):
    assert expected in members_in(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("which statin dose", "Nystatin 100 000 units by mouth."),
        ("which statin dose", "Alteplase 0.9 mg/kg IV."),
        ("which PPI dose", "Aripiprazole 10 mg."),
        ("dose of atorvastatin", "Simvastatin 20 mg."),
        ("rabies vaccine dose", "Give measles vaccine 0.5 mL."),
        ("act fast", "Artemether-lumefantrine 4 tablets."),
    ],
)
def test_no_other_medicine_answers_for_a_class(question, text):
    assert members_in(question, text) == []


def test_every_class_has_words_and_members_that_are_known_medicines():
    classes = read_classes()
    assert len({c.id for c in classes}) == len(classes) > 50
    assert all(c.said and c.members for c in classes)
    assert {m for c in classes for m in c.members} <= set(read_drugs())


def test_a_class_of_an_unknown_member_is_refused(tmp_path):
    path = tmp_path / "classes.toml"
    path.write_text('class = [{ id = "x", said = "x", members = "zolvatrexin" }]', encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))
    with pytest.raises(WrongFile, match=r"classes\.toml can't be read"):
        read_classes(path)


def test_where_no_member_is_named_the_class_is_looked_for_itself():
    text = "Do not give NSAIDs in dengue."
    assert members_in("NSAID dose in dengue", text) == ["nsaids"]
    assert members_in("NSAID dose in dengue", text + " Ibuprofen causes bleeding.") == ["ibuprofen"]
