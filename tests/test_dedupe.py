"""Which records stay, whatever their order: versions, exact copies, near-duplicates."""

import json
import random
from dataclasses import replace

import pytest

from benchmarks.corpus import make_articles
from elara_local.evaluation.mutations import KINDS, mutations
from index.dedupe import EXACT, NEAR, VERSIONS, sift
from index.records import Dropped, Record, kept_of, read_record, write_record
from tests.grounding_cases import read_sources
from tests.test_sameness import BASE, HARMLESS, TURNED

REST = (
    "The patients were seen at home by a nurse who had been trained for this work, and the "
    "families were told when to come back. Records were kept in a book. After one week the nurse "
    "went back to every home and asked how the child was, what had been eaten and what had been "
    "drunk, and whether there had been fever, cough or fits. Where a family could not be found, "
    "neighbours were asked. All answers were read by two people who did not know the group."
)


def article(identifier="pmid:1", text=REST, **fields):
    fields = {"title": "Care at home", "date": "2020", "licence": "CC BY 4.0"} | fields
    return Record(identifier, text, **fields)


def settle(*records, **options):
    """What is kept and what is dropped, the same for every order."""
    orders = [
        records,
        records[::-1],
        *(random.Random(n).sample(records, len(records)) for n in (1, 2)),
    ]
    outcomes = []
    for order in orders:
        fates = list(sift(order, **options))
        assert len(fates) == len(records)
        lines = sorted(write_record(record) for record in kept_of(fates))
        gone = sorted((d.id, d.stage, d.reason, d.kept) for d in fates if isinstance(d, Dropped))
        outcomes.append((lines, gone))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    return [read_record(line) for line in outcomes[0][0]], outcomes[0][1]


def test_a_newer_version_replaces_an_older_one_in_any_order():
    old, new = article(version=1), article(version=2, text=REST + " Nobody died.")
    kept, gone = settle(old, new, article("pmid:2", BASE))
    assert new in kept and len(kept) == 2
    assert gone == [("pmid:1", VERSIONS, "replaced by version 2", "pmid:1")]
    kept, gone = settle(article(date="2020"), article(date="2021-02", text=BASE))
    assert [(r.date, r.text) for r in kept] == [("2021-02", BASE)]
    assert gone[0][2] == "replaced by that of 2021-02"
    assert settle(article(), article())[1][0][2] == "the same record again"


def test_a_deletion_takes_every_version_with_it():
    gone = settle(article(version=3), article(notice="deleted", text=""), article(version=1))
    assert gone[0] == []
    assert {(d[1], d[2]) for d in gone[1]} == {("quality", "deleted by its source")}


def test_a_retraction_is_flagged_and_outlives_versions_and_copies():
    kept, _ = settle(article(notice="retracted"))
    assert [r.notice for r in kept] == ["retracted"]
    kept, _ = settle(article(notice="Retracted", date="2019"), article(date="2021"))
    assert [(r.date, r.notice) for r in kept] == [("2021", "retracted")]
    kept, _ = settle(article(notice="retracted", date="2019"), article("doi:2", date="2021"))
    assert [(r.id, r.notice, r.also) for r in kept] == [("doi:2", "retracted", ("pmid:1",))]


def test_a_retracted_article_is_never_merged_with_its_near_duplicate():
    near = REST.replace("Records were", "The records were")
    kept, gone = settle(article(notice="retracted"), article("pmid:2", near))
    assert len(kept) == 2 and not gone


def test_of_duplicates_the_corrected_one_stays_then_the_newer_with_both_ids():
    kept, gone = settle(article(date="2023"), article("doi:1", date="2020", notice="corrected"))
    assert [(r.id, r.also) for r in kept] == [("doi:1", ("pmid:1",))]
    assert gone == [("pmid:1", EXACT, "the same text", "doi:1")]
    near = REST.replace("Records were", "The records were") + " © 2020 The Authors."
    kept, gone = settle(article(), article("doi:1", near, date="2023"), article("x:3", date="2019"))
    assert [(r.id, r.also) for r in kept] == [("doi:1", ("pmid:1", "x:3"))]
    assert {d[1] for d in gone} == {EXACT, NEAR}
    assert {d[3] for d in gone} == {"doi:1"}


def test_ids_that_were_merged_before_are_kept():
    kept, _ = settle(article(also=("a:1",)), article("doi:1", also=("b:2",), date="2023"))
    assert kept[0].also == ("a:1", "b:2", "pmid:1")


def test_records_that_two_others_stand_between_are_joined():
    steps = [REST]
    for old, new in (
        ("Records were", "The records were"),
        ("had been trained", "has been trained"),
    ):
        steps.append(steps[-1].replace(old, new))
    kept, _ = settle(*(article(f"pmid:{n}", text) for n, text in enumerate(steps)))
    assert [(r.id, r.also) for r in kept] == [("pmid:0", ("pmid:1", "pmid:2"))]


def test_near_duplicates_may_stay():
    near = article("pmid:2", REST.replace("Records were", "The records were"))
    assert len(settle(article(), near, near=False)[0]) == 2


@pytest.mark.parametrize(("old", "new"), TURNED)
def test_a_text_with_another_fact_is_never_merged(old, new):
    texts = (BASE + " " + REST, BASE.replace(old, new, 1) + " " + REST)
    kept, gone = settle(*(article(f"pmid:{n}", text) for n, text in enumerate(texts)))
    assert len(kept) == 2 and not gone


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_a_text_that_says_the_same_is_merged(old, new):
    texts = (REST + " " + BASE, REST + " " + BASE.replace(old, new, 1))
    kept, gone = settle(*(article(f"pmid:{n}", text) for n, text in enumerate(texts)))
    assert len(kept) == 1 and len(gone) == 1


def test_studies_of_two_things_are_never_merged():
    for one, other in (("A", "B"), ("1", "2"), ("Kisumu", "Kampala"), ("zorbamycin", "zorbazole")):
        titles = [f"Study {name}" for name in (one, other)]
        kept, _ = settle(*(article(f"x:{t}", title=t) for t in titles))
        assert len(kept) == 2


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "quotation"])
def test_no_mutated_dose_is_merged_into_a_long_text(kind):
    for text in read_sources():
        plain = " ".join(text.split())
        for changed in mutations(kind, plain)[:3]:
            pair = [article("a:1", f"{REST} {plain}"), article("b:2", f"{REST} {changed}")]
            assert len(kept_of(sift(pair))) == 2, changed


def test_planted_near_duplicates_are_found_and_twins_are_not():
    planted = list(make_articles(3000, seed=11))
    fates = list(sift(read_record(json.dumps(a)) for a, _, _ in planted))
    home = {}
    for fate in fates:
        if isinstance(fate, Record):
            home |= dict.fromkeys((fate.id, *fate.also), fate.id)
    merged = {kind: [] for kind in ("near", "exact", "twin")}
    for article_, kind, original in planted:
        if kind in merged and original in home:
            merged[kind].append(home.get(article_["id"]) == home[original])
    assert sum(merged["near"]) >= 0.97 * len(merged["near"]) > 100
    assert all(merged["exact"])
    assert not any(merged["twin"]) and len(merged["twin"]) > 20
    assert all(root(i, planted) == root(kept, planted) for i, kept in home.items())


def root(identifier, planted):
    originals = {a["id"]: original for a, kind, original in planted if kind in ("near", "exact")}
    while originals.get(identifier):
        identifier = originals[identifier]
    return identifier


def test_a_record_without_id_does_not_replace_another():
    kept, gone = settle(replace(article(), id=""), replace(article(text=BASE), id=""), article())
    assert [r.id for r in kept] == ["pmid:1"]
    assert [d[2] for d in gone] == ["no identifier", "no identifier"]
