"""Sketches estimate overlap, and their bands find the pairs that overlap by 0.8."""

import random

import numpy as np
import pytest

from index.sketches import CROWD, band_keys, candidate_pairs, shingle, similarity, sketch

VOCABULARY = [f"word{n}" for n in range(4000)]


def make_texts(count, seed=3, length=160):
    draw = random.Random(seed)
    return [" ".join(draw.choices(VOCABULARY, k=length)) for _ in range(count)]


def jaccard(one, other):
    a, b = (
        {tuple(words[n : n + 3]) for n in range(len(words) - 2)}
        for words in (one.split(), other.split())
    )
    return len(a & b) / len(a | b)


def test_similarity_is_the_overlap_of_word_triples():
    one = make_texts(1)[0]
    words = one.split()
    for changed in (0, 3, 9, 40):
        other = " ".join([*(f"new{n}" for n in range(changed)), *words[changed:]])
        assert similarity(one, other) == pytest.approx(jaccard(one, other))
    assert similarity("a b", "a b") == 0
    assert similarity("Give it, NOW please", "give it now please.") == 1


def test_a_sketch_estimates_the_overlap():
    one = make_texts(1)[0]
    other = " ".join(["new"] + one.split()[8:])
    rows = sketch([one, other])
    assert (rows[0] == rows[1]).mean() == pytest.approx(jaccard(one, other), abs=0.12)


def test_each_text_is_sketched_as_if_it_were_alone():
    texts = ["", "a b", *make_texts(4), "a b c", "", "one two three four"]
    rows = sketch(texts)
    for text, row in zip(texts, rows, strict=True):
        assert np.array_equal(sketch([text])[0], row)
    hashes, offsets = shingle(texts)
    assert list(np.diff(offsets)) == [max(0, len(text.split()) - 2) for text in texts]
    assert offsets[-1] == len(hashes)
    assert not rows[0].any()
    assert rows[2].any()


def test_pairs_that_overlap_by_four_fifths_are_found():
    texts = make_texts(400)
    near = []
    for text in texts:
        words = text.split()
        for place in (20, 60, 100, 140):  # 12 of 158 triples change: an overlap of 0.86
            words[place] = "other"
        near.append(" ".join(words))
    pairs = {tuple(pair) for pair in candidate_pairs(band_keys(sketch(texts + near))).tolist()}
    found = sum((n, n + 400) in pairs for n in range(400))
    assert found >= 399
    assert len(pairs) < 2 * 400


def test_texts_without_triples_and_crowds_stay_in_bounds():
    assert len(candidate_pairs(band_keys(sketch(["", "a", "a", "b c"])))) == 0
    assert len(candidate_pairs(band_keys(sketch([])))) == 0
    crowd = candidate_pairs(band_keys(sketch(["the same old text"] * 300)))
    assert len(crowd) <= 300 * CROWD
    assert (crowd[:, 0] < crowd[:, 1]).all()
