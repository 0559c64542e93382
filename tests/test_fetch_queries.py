"""The data of the fetchers, and the relevance score of the African collection."""

import re

import pytest

from elara_local.errors import WrongFile, WrongUse
from index.fetch import queries
from index.fetch.africa import pair_queries
from index.fetch.queries import (
    read_africa,
    read_licences,
    read_specialties,
    read_table,
    select_queries,
)
from index.fetch.relevance import WEIGHTS, rate, read_subjects

PLAIN = (
    "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal><JournalIssue><PubDate>"
    "{year}</PubDate></JournalIssue></Journal><ArticleTitle>{title}</ArticleTitle><Abstract>"
    "<AbstractText>{abstract}</AbstractText></Abstract><AuthorList><Author><AffiliationInfo>"
    "<Affiliation>{address}</Affiliation></AffiliationInfo></Author></AuthorList>"
    "<PublicationTypeList><PublicationType>{kind}</PublicationType></PublicationTypeList></Article>"
    "<MeshHeadingList>{mesh}</MeshHeadingList></MedlineCitation></PubmedArticle>"
)


def score(title="", abstract="", address="", kind="Journal Article", mesh="", year="2026"):
    year = f"<Year>{year}</Year>" if year.isdigit() else f"<MedlineDate>{year}</MedlineDate>"
    xml = PLAIN.format(**{k: v for k, v in locals().items() if k != "xml"})
    return rate(read_subjects(xml.encode()), read_africa(), 2026)


def heading(name, major="N"):
    word = f'<DescriptorName MajorTopicYN="{major}">{name}</DescriptorName>'
    return f"<MeshHeading>{word}</MeshHeading>"


def test_there_are_108_specialties_and_conditions():
    found = read_specialties()
    assert len(found) == len({query.name for query in found}) == 108
    for query in found:
        assert query.most == 1500 and query.term.count("(") == query.term.count(")")
        assert query.term.count('"') % 2 == 0 and "AND hasabstract AND english[la]" in query.term
        assert re.match(r'\("[^"]+"\[mh\]', query.term), query


def test_there_are_20_countries_and_18_diseases():
    pairs = read_africa()
    assert len(pairs.countries) == len({c.name for c in pairs.countries}) == 20
    assert len(pairs.diseases) == len({d.name for d in pairs.diseases}) == 18
    named = " ".join(d.name for d in pairs.diseases).casefold()
    for disease in (
        "malaria tuberculosis hiv sickle schistosomiasis onchocerciasis filariasis trypanosomiasis "
        "leishmaniasis buruli trachoma yaws dracunculiasis cholera typhoid yellow lassa ebola "
        "marburg"
    ).split():
        assert disease in named
    found = pair_queries(pairs)
    assert len(found) == len({query.name for query in found}) == 360
    assert '("Malaria"[mh] OR "malaria"[tiab]' in found[0].term and '"Nigeria"[mh]' in found[0].term


def test_only_free_licences_are_admitted():
    licences = read_licences()
    assert licences.admitted == ("CC0", "CC BY")
    assert not any("NC" in code or "ND" in code for code in licences.admitted)
    assert not set(licences.admitted) & set(licences.restricted)


def test_medlineplus_names_its_page_and_file():
    table = read_table("medlineplus.toml")
    name = str(table["file"]).format(day="2026-11-20")
    assert re.search(table["link"], name)[1] == "2026-11-20"


def test_queries_are_chosen_by_name():
    assert [q.name for q in select_queries(read_specialties(), ["malaria"])] == ["malaria"]
    assert len(select_queries(read_specialties(), [])) == 108
    with pytest.raises(WrongUse, match="'flux' is no query"):
        select_queries(read_specialties(), ["malaria", "flux"])


@pytest.mark.parametrize("text", ["", "most = 'x'", "most = 1\nquery = [{}]", "= ="])
def test_damaged_data_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setattr(queries, "FOLDER", tmp_path)
    (tmp_path / "pubmed.toml").write_text(text)
    (tmp_path / "africa.toml").write_text(text)
    for read in (read_specialties, read_africa, read_licences):
        with pytest.raises(WrongFile, match="can't be used"):
            read()


def test_the_score_is_the_weighted_sum_of_its_parts():
    found = score("Malaria in Kenya", kind="Practice Guideline")
    assert (found.disease, found.place, found.kind, found.recency) == (1.0, 1.0, 1.0, 1.0)
    assert found.score == pytest.approx(1.0) and sum(WEIGHTS.values()) == pytest.approx(1.0)
    older = score("Malaria in Kenya", year="2016")
    assert older.score == pytest.approx(0.35 + 0.30 + 0.20 * 0.4 + 0.15 * 0.5)


@pytest.mark.parametrize(
    ("words", "disease", "place"),
    [
        ({"title": "Cholera in Ghana"}, 1.0, 1.0),
        ({"title": "An outbreak", "abstract": "Cholera came to Ghana."}, 0.4, 0.5),
        ({"title": "Trial", "mesh": heading("Cholera") + heading("Ghana")}, 0.6, 1.0),
        ({"title": "Trial", "mesh": heading("Cholera", "Y"), "address": "Accra, Ghana"}, 1.0, 0.1),
        ({"title": "Cholera in Africa", "address": "Accra, Ghana"}, 1.0, 0.25),
        ({"title": "Aspergillus niger and hearing aids"}, 0.0, 0.0),
        ({"title": "Nigerian malarial policy"}, 0.0, 1.0),
        ({"title": "Yellow  <i>fever</i> in <b>Mali</b>"}, 1.0, 1.0),
    ],
)
def test_where_a_word_stands_decides(words, disease, place):
    found = score(**words)
    assert (found.disease, found.place) == (disease, place)


def test_without_a_disease_or_a_place_nothing_is_relevant():
    assert score("Malaria", kind="Guideline").score == 0.0
    assert score("Roads in Kenya", kind="Guideline").score == 0.0


@pytest.mark.parametrize(
    ("kind", "value"),
    [("Meta-Analysis", 0.9), ("Journal Article", 0.4), ("Case Reports", 0.2), ("Letter", 0.1)],
)
def test_kinds_of_publication_differ(kind, value):
    assert score("Malaria in Kenya", kind=kind).kind == value


def test_recency_halves_in_ten_years_and_reads_odd_dates():
    assert score("x", year="2006").recency == pytest.approx(0.25)
    assert score("x", year="2016 Jan-Feb").recency == pytest.approx(0.5)
    assert score("x", year="Spring").recency == pytest.approx(0.5)
    assert score("x", year="2027").recency == 1.0
