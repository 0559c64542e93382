"""The window's conversions: a child makes the model, the window watches and can stop it."""

import sys

import pytest

from elara_local.errors import WrongUse
from elara_local.ui.conversion import Conversion, Order
from elara_local.ui.conversion_view import paint_making
from elara_local.ui.models_tab import find_adapters, read_order
from elara_local.ui.words import all_words, read_words
from tests.scripted import wait_until

CHILD = (sys.executable, "-m", "tests.convert_child")
WORDS = read_words("en")


@pytest.fixture
def conversion():
    made = Conversion(command=CHILD)
    yield made
    made.close()


def order(tmp_path, base, adapter=None):
    return Order(tmp_path / base, adapter, "Q8_0", tmp_path / "models" / "new" / "new.gguf")


def finish(conversion):
    return list(conversion.watch())[-1]


def test_a_model_is_made_with_progress_and_its_figures_are_shown(conversion, tmp_path):
    assert conversion.begin(order(tmp_path, "-base.gguf", tmp_path / "adapter"))
    end = finish(conversion)
    assert end.state == "done" and end.out.is_file()
    assert end.line.startswith("merging: 10 %")
    assert end.proof.reference == "merge" and end.proof.adapter.endswith("adapter")
    shown = paint_making(end, WORDS)
    assert "new was made and proven" in shown and "<td>0.001</td>" in shown
    assert "Q8_0" in shown


def test_without_an_adapter_the_base_alone_is_converted(conversion, tmp_path):
    conversion.begin(order(tmp_path, "base.gguf"))
    assert finish(conversion).proof.reference == "gguf"


def test_a_model_that_is_not_equal_is_refused_with_its_reasons(conversion, tmp_path):
    conversion.begin(order(tmp_path, "unequal.gguf"))
    end = finish(conversion)
    assert end.state == "refused" and not end.out.exists()
    assert "kl is 0.7" in paint_making(end, WORDS)


def test_an_error_is_told_in_its_own_words(conversion, tmp_path):
    conversion.begin(order(tmp_path, "broken.gguf"))
    end = finish(conversion)
    assert (end.state, end.why) == ("failed", "broken.gguf is damaged. Bring it again.")


def test_one_conversion_at_a_time_and_stopping_ends_the_child(conversion, tmp_path):
    assert conversion.begin(order(tmp_path, "slow.gguf"))
    assert not conversion.begin(order(tmp_path, "base.gguf"))
    wait_until(lambda: conversion.now.line != "")
    conversion.stop()
    end = finish(conversion)
    assert end.state == "stopped" and not end.out.exists()


@pytest.mark.parametrize("words", all_words(), ids=lambda words: words.language)
@pytest.mark.parametrize("base", ["base.gguf", "unequal.gguf", "broken.gguf"])
def test_every_end_has_words_in_every_language(conversion, tmp_path, words, base):
    conversion.begin(order(tmp_path, base))
    shown = paint_making(finish(conversion), words)
    assert "new" in shown and "{" not in shown


def test_what_is_asked_for_is_checked_before_anything_starts(tmp_path):
    base = tmp_path / "base.gguf"
    base.write_bytes(b"GGUF")
    made = read_order(tmp_path, f" {base} ", "", "Q8_0", " mine ")
    assert made == Order(base, None, "Q8_0", tmp_path / "models" / "mine" / "mine.gguf")
    for given, why in (
        ((None, "", "Q8_0", "mine"), "No base"),
        ((str(tmp_path / "none"), "", "Q8_0", "mine"), "not there"),
        ((str(base), str(tmp_path / "none"), "Q8_0", "mine"), "not there"),
        ((str(base), "", "Q8_0", "../mine"), "can't name"),
        ((str(base), "", "Q2_K", "mine"), "not offered"),
    ):
        with pytest.raises(WrongUse, match=why):
            read_order(tmp_path, *given)


def test_a_name_that_is_taken_is_not_overwritten(tmp_path):
    base = tmp_path / "models" / "mine" / "mine.gguf"
    base.parent.mkdir(parents=True)
    base.write_bytes(b"GGUF")
    with pytest.raises(WrongUse, match="already installed"):
        read_order(tmp_path, str(base), "", "Q8_0", "mine")


def test_adapters_are_found_by_their_settings_file(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text("{}")
    (tmp_path / "c").mkdir()
    assert [path.name for path in find_adapters([tmp_path, tmp_path / "none"])] == ["a", "b"]
