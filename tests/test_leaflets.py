"""Medicine cards as documents: sections, sources, and passages that are found and quoted."""

import shutil

import pytest

from elara_local.cards import LEAFLET, dose_sentence, read_card
from elara_local.errors import WrongFile
from elara_local.settings import HANDBOOK
from index.cutting import cut
from index.leaflets import MEDICINES, SOURCES, make_leaflet, read_leaflets, read_sources
from tests.test_cards import CARDS


@pytest.fixture(scope="module")
def leaflets():
    return read_leaflets(HANDBOOK / MEDICINES)


def test_every_dose_stands_in_its_leaflet_word_for_word(leaflets):
    for leaflet in leaflets:
        document, passages = cut(leaflet, 0)
        card = read_card(CARDS / f"{leaflet.id.removeprefix(LEAFLET)}.toml")
        for dose in card.doses:
            sentence = dose_sentence(card, dose)
            (passage,) = [p for p in passages if sentence in p.text]
            wanted = "Dose for children" if dose.is_for_children else "Dose for adults"
            assert passage.section == wanted and passage.source
        for statement in card.statements:
            assert statement.text in document.text


def test_every_source_of_a_leaflet_is_named_with_its_year(leaflets):
    assert all(source[-4:].isdigit() for leaflet in leaflets for source in leaflet.sources.values())


def test_every_listed_source_is_used(leaflets):
    used = {key for leaflet in leaflets for key in leaflet.sources}
    assert set(read_sources(HANDBOOK / SOURCES)) == used


def test_a_source_that_is_not_listed_is_refused():
    card = read_card(CARDS / "gentamicin.toml")
    with pytest.raises(WrongFile, match="is not listed"):
        make_leaflet(card, CARDS / "gentamicin.toml", {})


def test_cards_without_their_list_of_sources_are_refused(tmp_path):
    (tmp_path / MEDICINES).mkdir()
    shutil.copy(CARDS / "gentamicin.toml", tmp_path / MEDICINES)
    with pytest.raises(WrongFile, match="sources.toml"):
        read_leaflets(tmp_path / MEDICINES)
