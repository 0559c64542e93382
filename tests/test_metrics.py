import math

import pytest

from elara_local.metrics import hit, ndcg, percentile, recall, reciprocal_rank


def test_ndcg_of_the_best_order_is_one():
    assert ndcg(["a", "b", "c"], {"a": 3.0, "b": 1.0}) == pytest.approx(1.0)


def test_ndcg_by_hand():
    # gain 1 at rank 2: (1/log2 3) / (1/log2 2)
    assert ndcg(["x", "a"], {"a": 1.0}) == pytest.approx(1 / math.log2(3))


def test_nothing_relevant_counts_zero():
    assert ndcg(["a"], {}) == 0.0
    assert recall(["a"], []) == 0.0
    assert reciprocal_rank(["a"], ["b"]) == 0.0


def test_recall_hit_and_rank():
    ranked = ["x", "a", "y", "b"]
    assert recall(ranked, ["a", "b", "c"], 4) == pytest.approx(2 / 3)
    assert (hit(ranked, ["a"], 1), hit(ranked, ["a"], 2)) == (0.0, 1.0)
    assert reciprocal_rank(ranked, ["a", "b"]) == 0.5
    assert reciprocal_rank(ranked, ["b"], 3) == 0.0


def test_percentile_is_the_nearest_rank():
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.95) == 5.0
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5) == 3.0
