"""Fusion and what lifts a passage, by hand."""

import pytest

from elara_local.ranking import COVERED, DENSE, HEADING, NAMED, SUITED, fuse, lift


def test_fusion_by_hand():
    fused = fuse({1: 10.0, 2: 0.0}, {1: 0.0, 2: 1.0, 3: 0.5})
    assert fused == pytest.approx({1: 1 - DENSE, 2: DENSE, 3: DENSE / 2})
    assert fuse({}, {}) == {}
    assert fuse({7: 3.0}, {7: 0.1}) == pytest.approx({7: 1.0})


def test_every_score_stays_in_bounds():
    fused = fuse({1: 9.0, 2: 3.0, 3: 1.0}, {1: 0.2, 3: 0.9, 4: -0.5})
    assert set(fused) == {1, 2, 3, 4}
    assert all(0 <= score <= 1 for score in fused.values())
    assert lift(1.0, 1.0, 1.0, 1.0, 1.0) == pytest.approx(1.0)
    assert lift(0.0, 0.0, 0.0, 1.0, 1.0) == 0.0


def test_words_held_and_a_fitting_heading_lift_a_passage():
    assert lift(0.5, 0.9, 0.0, 0.0) > lift(0.5, 0.2, 0.0, 0.0)
    assert lift(0.5, 0.5, 0.0, 1.0) > lift(0.5, 0.5, 0.0, 0.0) > lift(0.5, 0.5, 0.0, -1.0) > 0
    lifted = 0.5 / (1 + COVERED + NAMED) / (1 + HEADING) / (1 + SUITED)
    assert lift(0.5, 0.0, 0.0, 0.0) == pytest.approx(lifted)


def test_what_a_document_is_about_and_for_whom_lifts_a_passage():
    assert lift(0.5, 0.5, 0.9, 0.0) > lift(0.5, 0.5, 0.1, 0.0)
    assert lift(0.5, 0.5, 0.5, 0.0, 1.0) > lift(0.5, 0.5, 0.5, 0.0) > lift(0.5, 0.5, 0.5, 0.0, -1.0)


def test_the_weight_of_nearness_can_be_lowered():
    assert fuse({1: 1.0, 2: 0.0}, {1: 0.0, 2: 1.0}, 0.4) == pytest.approx({1: 0.6, 2: 0.4})
