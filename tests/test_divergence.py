"""The figures of a comparison: against formulas worked out apart, and on real files."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.special import log_softmax, rel_entr

from convert.proving.divergence import Divergence, compare
from convert.proving.logits import LlamaLogits
from elara_local.engines.chat.templates import Part
from elara_local.errors import WrongFile
from tests.tiny_gguf import make_weights, read_scores, write_tiny


def measure(reference, model):
    found = Divergence()
    for p, q in zip(reference, model, strict=True):
        found.add(p, q)
    return found.figures()


def draw(seed, positions=40, outputs=1_000, scale=3.0):
    random = np.random.default_rng(seed)
    reference = (random.standard_normal((positions, outputs)) * scale).astype(np.float32)
    noise = random.standard_normal((positions, outputs)).astype(np.float32)
    return reference, noise


@pytest.mark.parametrize("size", [0.0, 0.001, 0.1, 1.0])
def test_the_figures_are_those_of_their_formulas(size):
    reference, noise = draw(3)
    model = (reference + size * noise + 5).astype(np.float32)
    found = measure(reference, model)
    p, q = reference.astype(np.float64), model.astype(np.float64)
    assert found["nmse"] == pytest.approx(np.mean((q - p) ** 2) / np.var(p), rel=1e-9)
    each = rel_entr(np.exp(log_softmax(p, 1)), np.exp(log_softmax(q, 1))).sum(1)
    assert found["kl"] == pytest.approx(each.mean(), rel=1e-6, abs=1e-12)
    assert found["kl_p99"] == pytest.approx(np.percentile(each, 99), rel=1e-6, abs=1e-12)
    assert found["top_token"] == np.mean(p.argmax(1) == q.argmax(1))


def test_a_shift_of_all_logits_changes_no_probability_and_is_an_error_all_the_same():
    reference, _ = draw(5)
    found = measure(reference, reference + np.float32(1.0))
    assert found["kl"] < 1e-12 and found["top_token"] == 1.0
    assert found["nmse"] == pytest.approx(1 / np.var(reference.astype(np.float64)), rel=1e-4)


@settings(max_examples=50, deadline=None)
@given(some.integers(0, 2**31), some.floats(0, 5), some.integers(2, 50))
def test_no_figure_leaves_its_range(seed, size, outputs):
    reference, noise = draw(seed, positions=5, outputs=outputs)
    found = measure(reference, reference + np.float32(size) * noise)
    assert found["nmse"] >= 0 and found["kl"] >= 0
    assert found["kl"] <= 5 * found["kl_p99"] + 1e-12 and 0 <= found["top_token"] <= 1


def test_more_noise_is_never_nearer():
    reference, noise = draw(7)
    found = [measure(reference, reference + np.float32(s) * noise) for s in (0.01, 0.1, 1.0)]
    for name in ("nmse", "kl", "kl_p99"):
        assert found[0][name] < found[1][name] < found[2][name]


def test_what_can_not_be_compared_is_refused():
    reference, _ = draw(1, positions=1)
    with pytest.raises(WrongFile, match="1000 outputs and the model 999"):
        Divergence().add(reference[0], reference[0][:-1])
    for wrong in (np.nan, np.inf):
        damaged = reference[0].copy()
        damaged[3] = wrong
        with pytest.raises(WrongFile, match="finite"):
            Divergence().add(reference[0], damaged)
    with pytest.raises(WrongFile, match="tells no tokens apart"):
        measure(np.ones((3, 5), np.float32), np.ones((3, 5), np.float32))
    with pytest.raises(WrongFile, match="tells no tokens apart"):
        Divergence().figures()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


def test_rows_of_a_file_are_those_of_the_bare_library(file):
    texts = ["Give 5 mg/kg", "fever of 39.5", "x"]
    expected = read_scores(file, texts)
    with LlamaLogits(file, threads=1) as asked:
        assert (asked.context, asked.outputs) == (512, 512)
        for text, row in zip(texts, expected, strict=True):
            tokens = asked.tokenize([Part(text, False)])
            *_, last = asked.logits(tokens)
            np.testing.assert_allclose(last, row, rtol=0, atol=2e-3)


def test_going_on_from_the_last_tokens_gives_the_same_rows(file):
    tokens = list(range(1, 101))
    with LlamaLogits(file, threads=1) as asked:
        whole = [row.copy() for row in asked.logits(tokens)]
        first = [row.copy() for row in asked.logits(tokens[:70])]
        rest = [row.copy() for row in asked.logits(tokens, 70)]
        again = [row.copy() for row in asked.logits(tokens[:50], 49)]  # not a continuation
        assert (len(whole), len(first), len(rest), len(again)) == (100, 70, 30, 1)
        np.testing.assert_allclose([*first, *rest], whole, rtol=0, atol=2e-3)
        np.testing.assert_allclose(again[0], whole[49], rtol=0, atol=2e-3)


def test_a_file_is_equal_to_itself_and_another_is_not(file, tmp_path):
    other = write_tiny(tmp_path / "other.gguf", make_weights(seed=8))
    windows = [list(range(1, 60)), list(range(100, 160))]
    with LlamaLogits(file) as one, LlamaLogits(file) as same, LlamaLogits(other) as stranger:
        assert compare(one, same, windows).figures() == {
            "nmse": 0.0, "kl": 0.0, "kl_p99": 0.0, "top_token": 1.0,
        }  # fmt: skip
        found = compare(one, stranger, windows)
        assert found.positions == 119 and found.figures()["nmse"] > 1


@pytest.mark.parametrize("tokens", [[512], [-1], [1] * 300], ids=["beyond", "negative", "long"])
def test_what_a_file_can_not_evaluate_is_one_clear_line(file, tokens):
    with LlamaLogits(file, context=256) as asked:
        with pytest.raises(WrongFile, match="do not fit") as caught:
            list(asked.logits(tokens))
    assert "\n" not in str(caught.value)


def test_a_file_that_crashes_its_process_is_one_clear_line(file, tmp_path):
    with LlamaLogits(file) as asked:
        asked._child.kill()
        with pytest.raises(WrongFile, match="ended its process with code -9"):
            list(asked.logits([1, 2, 3]))
    short = tmp_path / "short.gguf"
    short.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(WrongFile, match=r"short\.gguf can't be evaluated.*cut short"):
        LlamaLogits(short)
