"""Names in another language, by the documents that were found."""

from elara_local.titles import read_names

TOPIC = ("Pre-eclampsia and eclampsia", "toxaemia; IM; éclampsie; sulfate de magnésium; eclampsia")
CARD = ("Magnesium sulfate: medicine card", "eclampsia; éclampsie")


def names(question, *documents):
    return {name.said: name.means for name in read_names(question, documents)}


def test_a_name_means_the_title_of_the_topic_that_lists_it():
    asked = "Quelle est la dose de sulfate de magnésium dans l'éclampsie ?"
    assert names(asked, CARD, TOPIC) == {"éclampsie": "Pre-eclampsia and eclampsia"}


def test_english_is_left_alone_and_so_is_what_the_title_says_itself():
    assert names("which dose of magnesium sulfate in toxaemia", TOPIC) == {}
    assert names("dosis de sulfato de magnesio en la eclampsia", TOPIC) == {}


def test_the_best_document_gives_the_meaning():
    other = ("Convulsions", "éclampsie")
    asked = "Quelle est la dose dans l'éclampsie ?"
    assert names(asked, other, TOPIC) == {"éclampsie": "Convulsions"}
