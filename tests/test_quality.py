"""Records that are no use are dropped with the reason; those that warn a reader are kept."""

import gzip
import json
from dataclasses import replace

import pytest

from index.quality import find_fault, judge_records
from index.records import Dropped, Record, kept_of
from tests.conftest import shared_data

GOOD = Record(
    "pmid:1",
    "The children in this study were treated at home. We saw them again after a week, and most "
    "of them were well. There were no deaths.",
    licence="CC BY 4.0",
)
FRENCH = "Les enfants de cette étude ont été traités à la maison et revus après une semaine dans "


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "no identifier"),
        ({"licence": ""}, "no licence"),
        ({"notice": "deleted"}, "deleted by its source"),
        ({"text": ""}, "too short"),
        ({"text": "Fever in children."}, "too short"),
        ({"text": "No abstract available."}, "boiler-plate, no abstract"),
        ({"text": "[Abstract not available for this article.]"}, "boiler-plate, no abstract"),
        ({"text": " ".join(str(n * 7919) for n in range(40))}, "few letters"),
        ({"text": "The results were good in all of them. " * 6}, "repeated lines"),
        ({"text": GOOD.text.replace("e", "�")}, "unreadable characters"),
        ({"text": FRENCH * 3}, "not the expected language, or no sentences"),
        ({"text": "Виды лечения детей с малярией в сельской местности " * 4}, "repeated"),
        ({"text": "Kurze Antwort auf eine Frage nach der Behandlung.", "language": "ger"}, "ger"),
    ],
)
def test_a_useless_record_is_dropped_with_the_reason(change, reason):
    record = replace(GOOD, **change)
    if reason == "repeated":  # one sentence without stops: only its language can be told
        reason = "not the expected language, or no sentences"
    fault = find_fault(record)
    assert reason in fault
    assert list(judge_records([record])) == [Dropped(record.id, "quality", fault)]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"notice": "retracted"},
        {"notice": "expression of concern"},
        {"language": "fre"},  # PubMed: of the article; the abstract is English
        {"text": GOOD.text + " The abstract is not available in French."},
        {"text": "The cause of most childhood brain tumors is unknown."},
        {"text": GOOD.text + " Counts were 5, 10, 15 and 20 (p < 0.05)."},
    ],
)
def test_a_useful_record_is_kept(change):
    record = replace(GOOD, **change)
    assert kept_of(judge_records([record])) == [record]


def test_other_languages_may_be_expected():
    french = replace(GOOD, text=(FRENCH + "les villages. ") + "On a vu " + FRENCH + "la ville.")
    assert find_fault(french)
    assert find_fault(french, ("en", "fr")) == ""
    assert find_fault(french, ("en", "ha")) == "", "Hausa can't be told, so nothing is dropped"


def test_honest_answers_are_kept():
    path = shared_data("medquad") / "medquad_answered.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        answers = [json.loads(line) for line in file]
    records = [Record(a["id"], a["answer"], licence="CC BY 4.0") for a in answers]
    faults = [fault for record in records if (fault := find_fault(record))]
    assert len(faults) <= 0.01 * len(records)
