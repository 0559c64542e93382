"""MedQuAD in both its forms."""

import pytest

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.kinds import recognise
from index.documents.medquad import read_medquad
from tests.conftest import shared_data

XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document id="0000559" source="NIHSeniorHealth" url="http://nih.gov/x">
<Focus>Gout</Focus><FocusAnnotations><Synonyms><Synonym>Podagra</Synonym></Synonyms>
</FocusAnnotations><QAPairs>
<QAPair pid="1"><Question qid="0000559-1" qtype="treatment">What treats Gout ?</Question>
<Answer>Not aspirin. Take:
   - 5 mg
   - 10 mg

Never more than 10^3 &lt; x.</Answer></QAPair>
<QAPair pid="2"><Question qid="0000559-2">Withdrawn?</Question><Answer></Answer></QAPair>
</QAPairs></Document>"""


def test_the_original_files_are_read(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(XML, encoding="utf-8")
    assert recognise(path) == "medquad"
    (found,) = read_medquad(path, Hints())
    assert found.title == "What treats Gout?"
    assert found.identifier == "medquad:0000559-1"
    assert found.keywords == "Gout, Podagra"
    assert found.source == "MedQuAD, NIHSeniorHealth, http://nih.gov/x"
    assert found.licence == "CC BY 4.0"
    assert [(block.kind, block.text) for block in found.blocks] == [
        ("text", "Not aspirin. Take:"),
        ("item", "5 mg"),
        ("item", "10 mg"),
        ("text", "Never more than 10^3 < x."),
    ]


def test_a_file_without_answers_is_refused(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text("<Document><Focus>x</Focus><QAPairs/></Document>", encoding="utf-8")
    with pytest.raises(WrongFile):
        list(read_medquad(path, Hints()))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused(tmp_path, head):
    path = tmp_path / "a.xml"
    path.write_text(head + "<Document><Focus>&a;</Focus></Document>", encoding="utf-8")
    with pytest.raises(WrongFile, match="entities"):
        list(read_medquad(path, Hints()))


def test_all_answered_pairs_are_read():
    path = shared_data("medquad") / "medquad_answered.jsonl.gz"
    assert recognise(path) == "medquad"
    count = words = 0
    for found in read_medquad(path, Hints()):
        count += 1
        words += sum(len(block.text.split()) for block in found.blocks)
        assert found.title and found.source and found.identifier and not found.lacking
    assert count == 16_407
    assert words > 3_000_000


def test_every_word_of_an_answer_is_kept():
    import gzip
    import json
    import re

    path = shared_data("medquad") / "medquad_answered.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line, found in zip(lines, read_medquad(path, Hints()), strict=True):
            said = re.findall(r"\w+", json.loads(line)["answer"])
            kept = [word for block in found.blocks for word in re.findall(r"\w+", block.text)]
            assert kept == said
