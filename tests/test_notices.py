"""What a document says against itself, and the edition that its name states."""

import pytest

from index.documents.blocks import Hints
from index.documents.imprint import find_edition
from index.documents.markdown import read_markdown
from index.documents.notices import RETRACTED, notice_of_banner
from index.documents.plain import read_text

DOSE = "Give tetracycline 500 mg four times daily."


@pytest.mark.parametrize(
    "text",
    [
        f"# Cholera plan\n\nWITHDRAWN. This protocol is no longer valid.\n\n{DOSE}\n",
        f"# Cholera plan\n\nThis guideline has been superseded.\n\n{DOSE}\n",
        f"# RETRACTED: Cholera plan\n\n{DOSE}\n",
    ],
)
def test_a_document_that_says_it_is_withdrawn_has_a_notice(tmp_path, text):
    path = tmp_path / "a.md"
    path.write_text(text, encoding="utf-8")
    (found,) = read_markdown(path, Hints())
    assert found.notice
    assert (found.notice == RETRACTED) == text.startswith("# RETRACTED")


@pytest.mark.parametrize(
    "line",
    ["Treatment is withdrawn after 5 days.", "This drug has been withdrawn from sale in 1990.",
     "Withdrawn patients need company.", DOSE],
)  # fmt: skip
def test_a_sentence_about_withdrawal_is_no_notice(line):
    assert notice_of_banner([line]) == ""


def test_the_year_at_the_end_of_a_name_is_the_edition(tmp_path):
    for name, edition in (
        ("malaria_2019", "2019"),
        ("rota 2020 list", ""),
        ("plan (2023)", "2023"),
    ):
        path = tmp_path / f"{name}.txt"
        path.write_text(f"{DOSE}\n", encoding="utf-8")
        (found,) = read_text(path, Hints())
        assert found.edition == edition
        assert next(iter(read_text(path, Hints(edition="2001")))).edition == "2001"


def test_the_year_of_a_name_goes_before_the_year_a_pdf_was_made():
    made = {"CreationDate": "D:20260101"}
    assert find_edition(Hints(), made, [], ("malaria_2019", "Malaria")) == "2019"
    assert find_edition(Hints(), made, [], ("malaria", "Malaria")) == "2026"
