"""The handbook's format, on the shipped topics and on topics that break it."""

from collections import Counter

import pytest

from elara_local.errors import WrongFile
from elara_local.settings import HANDBOOK
from index.cutting import PASSAGE_WORDS, cut
from index.handbook import SPECIALTIES, read_topic, read_topics

LEAST_PER_SPECIALTY = 12
ENDEMIC = """
malaria-uncomplicated severe-malaria tuberculosis hiv-basics sickle-cell-crisis schistosomiasis
onchocerciasis lymphatic-filariasis african-trypanosomiasis visceral-leishmaniasis
cutaneous-leishmaniasis buruli-ulcer trachoma yaws dracunculiasis cholera typhoid yellow-fever
lassa-fever ebola-and-marburg leprosy
""".split()

TOPIC = """+++
title = "Sample fever"
specialty = "paediatrics"
populations = ["child"]
keywords = ["pyrexia"]
edition = "2026-11"
review = "unreviewed"

[abbreviations]
RDT = "rapid test"

[names]
fr = ["fièvre"]
es = ["fiebre"]
pt = ["febre"]
sw = ["homa"]

[[sources]]
key = "A 2020"
name = "Guide A"
publisher = "Somebody"
year = 2020
+++

# Sample fever

## Recognise
- Sample fever is a temperature of 38 °C or more in a child. [A 2020]

## Avoid
- Do not give aspirin to a child with sample fever. [A 2020]
"""


def write(folder, text):
    path = folder / "sample-fever.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_topic_obeys_the_format():
    topics = read_topics(HANDBOOK)
    assert len(topics) >= 250
    assert len({topic.title for topic in topics}) == len(topics)
    for topic in topics:
        assert len(topic.sections) >= 4, topic.id


def test_every_specialty_has_its_topics():
    topics = Counter(topic.specialty for topic in read_topics(HANDBOOK))
    assert {s: topics[s] for s in SPECIALTIES if topics[s] < LEAST_PER_SPECIALTY} == {}


def test_the_endemic_diseases_have_a_topic_each():
    found = {topic.id for topic in read_topics(HANDBOOK)}
    assert [disease for disease in ENDEMIC if disease not in found] == []


def test_every_shipped_bullet_is_short_enough_to_be_embedded_whole():
    for topic in read_topics(HANDBOOK):
        for heading, bullets in topic.sections:
            for bullet in bullets:
                assert 4 <= len(bullet.text.split()) <= 60, (topic.id, heading, bullet.text)


def test_a_topic_is_read(tmp_path):
    topic = read_topic(write(tmp_path, TOPIC))
    assert topic.id == "sample-fever"
    assert topic.sources == {"A 2020": "Guide A, Somebody, 2020"}
    assert [heading for heading, _ in topic.sections] == ["Recognise", "Avoid"]
    assert topic.sections[1][1][0].keys == ("A 2020",)
    assert "fièvre" in topic.search_words and "rapid test" in topic.search_words


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("+++\ntitle", "title", "does not begin"),
        ('title = "Sample fever"\n', "", "lacks 'title'"),
        ("paediatrics", "astrology", "astrology"),
        ('["child"]', '["martian"]', "martian"),
        ('sw = ["homa"]\n', "", "lack 'sw'"),
        ('"unreviewed"', '"reviewed"', "neither"),
        ("# Sample fever\n\n## R", "# Other\n\n## R", "first heading"),
        ("## Avoid", "## Gossip", "not one of the headings"),
        ("## Recognise", "## Avoid", "out of order"),
        ("child. [A 2020]", "child.", "ends with its source"),
        ("child. [A 2020]", "child. [B 1999]", "is not listed"),
        ("a child. [A", "a [wild] child. [A", "square brackets"),
        ("year = 2020", "year = ", "not TOML"),
        ("- Do not give aspirin to a child with sample fever. [A 2020]\n", "", "no bullets"),
    ],
)
def test_a_broken_topic_is_refused_with_the_reason(tmp_path, old, new, complaint):
    assert old in TOPIC
    with pytest.raises(WrongFile, match=complaint):
        read_topic(write(tmp_path, TOPIC.replace(old, new, 1)))


def test_a_source_that_no_bullet_uses_is_refused(tmp_path):
    extra = '[[sources]]\nkey = "B 1"\nname = "B"\npublisher = "B"\nyear = 1\n+++\n\n# '
    with pytest.raises(WrongFile, match="never used"):
        read_topic(write(tmp_path, TOPIC.replace("+++\n\n# ", extra, 1)))


def test_passages_are_verbatim_slices_of_the_document():
    for topic in read_topics(HANDBOOK):
        document, passages = cut(topic, 100)
        assert [p.id for p in passages] == list(range(100, 100 + len(passages)))
        for p in passages:
            assert document.text[p.start : p.end] == p.text
            assert p.source and p.section
            lines = p.text.split("\n")
            assert len(lines) == 1 or len(p.text.split()) <= PASSAGE_WORDS
        everything = "\n".join(p.text for p in passages)
        for _, bullets in topic.sections:
            assert all(bullet.text in everything for bullet in bullets)
