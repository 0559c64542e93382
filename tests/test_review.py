"""A review holds for the text it was given for, and for no other."""

from datetime import date

import pytest

from elara_local.errors import WrongFile, WrongUse
from elara_local.settings import HANDBOOK
from index.handbook import read_topic
from index.leaflets import MEDICINES, make_leaflet
from index.review import read_review, sign
from tests.test_handbook import TOPIC, write

DAY = date(2026, 11, 21)
SAID = "reviewed by Dr Ama Mensah, 2026-11-21"


def test_a_signed_topic_shows_who_stands_for_it(tmp_path):
    path = write(tmp_path, TOPIC)
    assert read_topic(path).review == "unreviewed"
    assert sign(path, "Dr Ama Mensah", DAY) == SAID
    assert read_topic(path).review == SAID
    assert sign(path, "Dr Ama Mensah", DAY) == SAID  # again, as it stands
    assert read_topic(path).review == SAID


@pytest.mark.parametrize(
    ("old", "new"),
    [("38 °C", "39 °C"), ("child", "adult"), ("2020", "2021"), ("# Sample", "#  Sample")],
)
def test_any_later_change_voids_the_review(tmp_path, old, new):
    path = write(tmp_path, TOPIC)
    sign(path, "Dr Ama Mensah", DAY)
    changed = path.read_text(encoding="utf-8").replace(old, new)
    review = read_review(changed)
    assert review.is_void and review.standing == "unreviewed"


def test_a_review_written_by_hand_does_not_hold(tmp_path):
    by_hand = TOPIC.replace('"unreviewed"', f'"{SAID}"')
    assert read_topic(write(tmp_path, by_hand)).review == "unreviewed"
    assert read_review(by_hand).is_void


def test_another_name_or_day_needs_another_signature(tmp_path):
    path = write(tmp_path, TOPIC)
    sign(path, "Dr Ama Mensah", DAY)
    sign(path, "Nurse B", date(2026, 12, 1))
    assert read_topic(path).review == "reviewed by Nurse B, 2026-12-01"
    assert path.read_text(encoding="utf-8").count("reviewed_sha256") == 1


@pytest.mark.parametrize("name", ["", " ", "A, B", 'A "B"', "A\nB"])
def test_a_name_that_breaks_the_line_is_refused(tmp_path, name):
    path = write(tmp_path, TOPIC)
    with pytest.raises(WrongUse, match="name"):
        sign(path, name, DAY)
    assert path.read_text(encoding="utf-8") == TOPIC


@pytest.mark.parametrize("lines", ["", 'review = "unreviewed"\nreview = "unreviewed"\n'])
def test_one_line_says_the_review(lines):
    with pytest.raises(WrongFile, match="in place of one"):
        read_review(TOPIC.replace('review = "unreviewed"\n', lines))


def test_a_card_is_signed_too(tmp_path):
    from elara_local.cards import read_card

    path = tmp_path / "gentamicin.toml"
    text = (HANDBOOK / MEDICINES / "gentamicin.toml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    known = dict.fromkeys(key for s in read_card(path).statements for key in s.sources)
    known |= dict.fromkeys(key for dose in read_card(path).doses for key in dose.sources)
    sign(path, "Dr Ama Mensah", DAY)
    assert make_leaflet(read_card(path), path, known).review == SAID
    path.write_text(path.read_text(encoding="utf-8").replace("7.5 mg/kg", "75 mg/kg"))
    assert make_leaflet(read_card(path), path, known).review == "unreviewed"
