import json

from elara_local.events import as_json
from elara_local.records import (
    Answer,
    Confidence,
    Emergency,
    FiredRule,
    Provenance,
    Refusal,
    Sentence,
    Source,
    Timings,
)

KEYS = {
    "": "question language role asked_in_english emergency refusal status text sentences sources "
    "confidence notes disclaimer timings_ms provenance",
    "emergency": "level rules",
    "refusal": "rule reason",
    "confidence": "level reasons",
    "timings_ms": "screen embed search first_sentence generate check translate total",
    "provenance": "chat_model adapter embedding_model index handbook rules",
}
IN_LISTS = {
    "sentences": "text citations support reasons",
    "sources": "id title section page edition review document quote start end score",
}


def an_answer() -> Answer:
    source = Source(
        "s1", "T", "S", None, "2026-11", "unreviewed", "d", "q", 3, 4, 0.5, "context", 2
    )
    return Answer(
        "q?", "en", "professional", "q?", Emergency("urgent", (FiredRule("r", ("w",), "a"),)),
        Refusal("x", "y"), "quoted", "t", (Sentence("t", ("s1",), "quoted"),), (source,),
        Confidence("low", ("r",)), ("n",), "d", Timings(total=1.23456), Provenance(index="i"),
    )  # fmt: skip


def test_the_json_has_the_fields_of_the_contract_in_order():
    answer = as_json(an_answer())
    assert list(answer) == KEYS[""].split()
    for name in ("emergency", "refusal", "confidence", "timings_ms", "provenance"):
        assert list(answer[name]) == KEYS[name].split()
    for name, keys in IN_LISTS.items():
        assert list(answer[name][0]) == keys.split()
    assert list(answer["emergency"]["rules"][0]) == ["id", "words", "action"]


def test_the_json_survives_a_round_trip():
    answer = as_json(an_answer())
    assert json.loads(json.dumps(answer)) == answer
    assert answer["sources"][0]["page"] is None
    assert answer["timings_ms"]["total"] == 1.2346


def test_the_higher_level_wins_and_no_rule_is_listed_twice():
    left = Emergency("urgent", (FiredRule("a", ("x",), "1"),))
    right = Emergency("crisis", (FiredRule("a", ("y",), "1"), FiredRule("b", ("z",), "2")))
    both = left | right
    assert both.level == "crisis"
    assert [rule.id for rule in both.rules] == ["a", "b"]
    assert (Emergency() | left).level == "urgent"
