"""How much of a question a text holds."""

import pytest

from elara_local.coverage import read_units, share_held


class Held:
    """An index of four passages with these words, unstemmed."""

    counts = {"zinc": 1, "diarrhoea": 2, "postpartum": 1, "haemorrhage": 1, "bleeding": 3}

    def terms(self, text):
        return list(dict.fromkeys(text.casefold().split()))

    def frequency(self, term):
        return self.counts.get(term, 0)


def test_rare_words_weigh_more():
    units = read_units("zinc bleeding", {}, Held(), 4)
    assert share_held(units, {"zinc"}) > 0.5 > share_held(units, {"bleeding"})
    assert share_held(units, {"zinc", "bleeding"}) == pytest.approx(1)
    assert share_held(units, set()) == share_held([], {"zinc"}) == 0


def test_an_abbreviation_is_held_by_what_it_means():
    units = read_units("PPH zinc", {"PPH": "postpartum haemorrhage"}, Held(), 4)
    assert [unit.word for unit in units] == ["PPH", "zinc"]
    assert all(unit.known for unit in units)
    assert share_held(units, {"zinc", "postpartum", "haemorrhage"}) == pytest.approx(1)
    half = share_held(units, {"zinc", "postpartum"})
    assert share_held(units, {"zinc"}) < half < 1


def test_a_word_that_no_passage_holds_is_not_known():
    units = read_units("zinc blorptinib", {}, Held(), 4)
    assert {unit.word: unit.known for unit in units} == {"zinc": True, "blorptinib": False}
