"""The adapters suite: figures of hand-made drafts, the file of held-out questions, a real model."""

import json
from collections import Counter

import pytest

from convert.dialogues import EXAMPLES, is_held_out, read_examples
from convert.grounded import make
from convert.verbs.examples import COUNT, SEED, as_record, choose_judged
from elara_local.evaluation.adapters import (
    HELD_OUT,
    SUITE,
    Opened,
    draw,
    find_models,
    judge,
    read_prompted,
)
from elara_local.evaluation.drafted import Prompted, holds, measure, read_drafts, share_valid
from elara_local.evaluation.execution import choose
from elara_local.evaluation.register import load_suite
from elara_local.evaluation.suites import Bench
from elara_local.prompts import silence
from elara_local.records import Evidence
from elara_local.roles import ROLE_IDS
from elara_local.settings import HANDBOOK, Settings
from tests.browsing import assemble_or_skip

DOSE = "Amoxicillin for pneumonia, adult: 1 g by mouth 3 times daily for 5 days."
OTHER = "Refer an adult with pneumonia whose oxygen saturation is below 90%."
EVIDENCE = (
    Evidence("s1", OTHER, "Pneumonia in adults", "Refer when"),
    Evidence("s2", DOSE, "Amoxicillin: medicine card", "Dose for adults"),
)
ASKED = Prompted(
    "one", "professional", "answer", "grounded", "amoxicillin dose pneumonia adult", EVIDENCE,
    f"{DOSE} [2]",
)  # fmt: skip
UNTOLD = Prompted("two", "patient", "not in the sources", "grounded", "price?", EVIDENCE, silence())


@pytest.fixture(scope="module")
def elara(tmp_path_factory):
    opened = assemble_or_skip(Settings(tmp_path_factory.mktemp("home")))
    yield opened
    opened.close()


def test_a_draft_like_the_expected_one_has_full_marks():
    assert measure(ASKED, f"{DOSE} [2]") == {
        "spoke": 1,
        "any passed": 1,
        "rougeL": 1,
        "rougeL shown": 1,
        "passed": 1,
        "marks valid": 1,
        "amounts copied": 1,
        "dose right": 1,
    }


def test_a_wrong_dose_a_wrong_mark_and_a_missing_one_are_told_apart():
    wrong = measure(ASKED, f"{DOSE.replace('1 g', '2 g')} [2]")
    assert (wrong["passed"], wrong["any passed"], wrong["rougeL shown"]) == (0, 0, 0)
    assert (wrong["marks valid"], wrong["amounts copied"], wrong["dose right"]) == (1, 0, 0)
    astray = measure(ASKED, f"{DOSE} [1]")
    assert (astray["passed"], astray["marks valid"], astray["amounts copied"]) == (0, 0, 0)
    strange = measure(ASKED, f"{DOSE} [7]")
    assert (strange["passed"], strange["marks valid"], strange["rougeL"]) == (0, 0, 1)
    bare = measure(ASKED, DOSE)  # word for word: the program finds its passage itself
    assert (bare["passed"], bare["marks valid"], bare["amounts copied"]) == (1, 0, 0)


def test_shares_are_of_sentences_and_of_marks():
    two = measure(ASKED, f"{OTHER} [1] Drink hot tea and rest. [2]")
    assert (two["passed"], two["marks valid"], two["any passed"]) == (0.5, 0.5, 1)
    assert (two["amounts copied"], two["dose right"]) == (1, 0)
    assert 0 < two["rougeL"] < two["rougeL shown"] < 0.5
    drafts = read_drafts(f"{OTHER} [1, 2] Hello there friend.", EVIDENCE)
    assert share_valid(drafts, EVIDENCE) == pytest.approx(1 / 3)
    assert holds(EVIDENCE[0], OTHER) and not holds(EVIDENCE[1], OTHER)


def test_silence_is_right_only_where_nothing_answers():
    assert measure(UNTOLD, silence()) == {"silence said": 1, "shows nothing": 1}
    assert measure(UNTOLD, "The sources do not answer this question.")["silence said"] == 1
    assert measure(UNTOLD, "It is cheap. [1]") == {"silence said": 0, "shows nothing": 1}
    assert measure(UNTOLD, f"{silence()} {OTHER} [1]") == {"silence said": 0, "shows nothing": 0}
    quiet = measure(ASKED, silence())
    assert (quiet["spoke"], quiet["any passed"], quiet["rougeL"], quiet["dose right"]) == (0,) * 4
    assert "passed" not in quiet and "amounts copied" not in quiet


def test_the_file_of_held_out_questions_is_up_to_date():
    dialogues = [e for e in read_examples(EXAMPLES, HANDBOOK) if e.held_out]
    grounded = choose_judged(make(HANDBOOK, SEED, COUNT).examples)
    lines = HELD_OUT.read_text(encoding="utf-8").splitlines()
    wanted = [json.loads(json.dumps(as_record(e))) for e in [*dialogues, *grounded]]
    assert [json.loads(line) for line in lines] == wanted, (
        "run: python -m convert examples --held-out --out "
        "elara_local/content/evaluation/adapters.jsonl"
    )
    assert all(is_held_out(record["topic"]) for record in wanted)
    assert HELD_OUT.stat().st_size <= 1_000_000


def test_what_is_read_is_what_was_written_and_its_responses_have_full_marks():
    asked = read_prompted()
    assert len({one.id for one in asked}) == len(asked) >= 300
    assert min(Counter(one.role for one in asked).values()) >= 30
    for one in asked[::7]:
        found = measure(one, one.response)
        shares = {v for k, v in found.items() if k not in ("marks valid", "amounts copied")}
        assert shares == {1.0}, one


def test_a_sample_takes_the_roles_in_turn_and_only_the_seed_decides():
    asked = read_prompted()
    ten = draw(asked, 10, 7)
    assert [one.role for one in ten] == [*ROLE_IDS, *ROLE_IDS]
    assert ten == draw(asked, 10, 7) != draw(asked, 10, 8)
    assert draw(asked, 0, 7) == list(asked) and len(draw(asked, 10**6, 7)) == len(asked)


def test_every_writer_is_asked_the_same(elara):
    suite = load_suite("adapters")
    assert suite is SUITE
    bench = Bench(lambda: elara, limit=10)
    items = choose(suite.read(bench), bench)
    assert len(items) <= 10
    asked = {}
    for name in items:
        writer, _, rest = name.partition("/")
        asked.setdefault(writer, set()).add(rest)
    assert len(set(map(frozenset, asked.values()))) == 1 and "quoting" in asked
    cases = [item.judge() for name, item in items.items() if name.startswith("quoting/")]
    assert all(case.values.get("passed", 1) == 1 for case in cases)
    assert {case.groups[0] for case in cases} == {"quoting"}


def test_the_starter_writes_for_two_of_them(elara):
    models = find_models(elara.settings)
    opened = Opened(elara.settings)
    quoting = elara.assistant.generators["quoting"]
    name, installed = next(iter(models.items()))
    asked = [one for one in read_prompted() if one.role == "emergency"]
    for one in (next(a for a in asked if a.wants_silence == silent) for silent in (True, False)):
        case = judge(name, opened.open(installed), one, quoting)
        assert case.values["seconds"] > 0 and case.groups[0] == name
        assert ("silence said" in case.values) == one.wants_silence
        assert ("over quoting" in case.values) != one.wants_silence
        assert all(-1 <= v <= 1 for k, v in case.values.items() if k != "seconds")
    assert opened.open(installed) is opened.open(installed)
    opened.open(installed).close()
