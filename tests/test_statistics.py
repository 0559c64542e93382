"""Intervals and differences: known values, and how often they cover a known truth."""

import numpy as np
import pytest

from elara_local.evaluation.statistics import bootstrap, compare, estimate, wilson


def test_wilson_gives_known_intervals():
    # 5 of 10 and 0 of 10, worked by hand from Wilson's formula with z = 1.96
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.98])
def test_wilson_covers_a_known_share(share):
    hits = np.random.default_rng(1).binomial(50, share, 4_000)
    covered = [wilson(int(h), 50)[0] <= share <= wilson(int(h), 50)[1] for h in hits]
    assert 0.91 <= np.mean(covered) <= 0.99  # it swings about 0.95 with the share


def test_the_bootstrap_covers_a_known_mean():
    random = np.random.default_rng(2)
    covered = []
    for _ in range(300):
        low, high = bootstrap(random.gamma(2.0, 0.5, 60), seed=7)  # the mean is 1
        covered.append(low <= 1.0 <= high)
    assert 0.89 <= np.mean(covered) <= 0.99


def test_shares_and_other_means_get_their_own_interval():
    share = estimate([1, 0, 1, 1, True])
    assert (share.n, share.value) == (5, 0.8)
    assert (share.low, share.high) == wilson(4, 5)
    mean = estimate([0.5, 1.0, 0.75])
    assert mean.value == 0.75 and 0.5 <= mean.low < 0.75 < mean.high <= 1.0
    with pytest.raises(ValueError, match="at least one"):
        estimate([])


def test_the_same_seed_gives_the_same_interval():
    values = list(np.random.default_rng(3).random(30))
    assert estimate(values, 7) == estimate(values, 7)
    assert estimate(values, 7) != estimate(values, 8)


def test_a_run_does_not_differ_from_itself():
    values = {f"{n}": float(v) for n, v in enumerate(np.random.default_rng(4).random(40))}
    same = compare(values, values)
    assert (same.n, same.value, same.low, same.high) == (40, 0.0, 0.0, 0.0)
    assert not same.beyond_chance


def test_only_shared_items_are_compared_and_in_pairs():
    hard = {f"{n}": n / 40 for n in range(40)}  # items differ far more than the runs do
    better = {name: value + 0.01 for name, value in hard.items()} | {"other": 1.0}
    found = compare(hard, better)
    assert found.n == 40 and found.value == pytest.approx(0.01) and found.beyond_chance
    assert compare({"a": 1.0}, {"b": 1.0}) is None


def test_chance_alone_is_rarely_called_a_difference():
    random = np.random.default_rng(5)
    calls = []
    for _ in range(200):
        one, two = ({f"{n}": float(v) for n, v in enumerate(random.random(50))} for _ in "ab")
        calls.append(compare(one, two).beyond_chance)
    assert np.mean(calls) <= 0.1
