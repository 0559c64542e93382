"""The title and the edition that a PDF states of itself.

A title comes from what the user said, else the file's metadata where they look like a title,
else the biggest words of the first page. An edition is a year or a date beside a word that
says so ("Third edition 2023", "Version of May 2021") on the first pages, else the year at the
end of its title or file name, else that of the metadata, which is when the file was made. A
year of the running text is never taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from index.documents.bands import Line
from index.documents.blocks import Hints
from index.documents.dates import read_date
from index.documents.hyphens import show_hyphens
from index.documents.outlines import edition_in

FIRST_PAGES = 4  # where an edition is stated
LONGEST_TITLE = 200
LONGEST_STATEMENT = 120  # characters of a line that states an edition: longer ones are sentences
NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|document\s?\d*|slide \d+|title|"
    r"powerpoint presentation|print|layout \d+|\(?anonymous\)?|unspecified|cover)$"
    r"|\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|odt|rtf|tex|dvi|ps|html?|txt)$|^[\w:\\/.-]*[\\/_][\w\\/.-]*$",
    re.IGNORECASE,
)
SAYS_EDITION = re.compile(
    r"\b(?:edition|version|revis(?:ed|ion)|updated?|reviewed|published|publication date|issued|"
    r"édition|révision|mise à jour|publié|edición|versión|revisado|actualizad[oa]|publicado|"
    r"edição|versão|atualizad[oa]|toleo|limechapishwa)\b|©|\(c\)|copyright",
    re.IGNORECASE,
)
NEXT_REVIEW = re.compile(r"\b(?:next|due|review by|valid until|expires?|before)\b", re.IGNORECASE)
MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january janvier enero janeiro januari",
            "february février febrero fevereiro februari",
            "march mars marzo março machi",
            "april avril abril aprili",
            "may mai mayo maio mei",
            "june juin junio junho juni",
            "july juillet julio julho julai",
            "august août agosto agosti",
            "september septembre septiembre setembro septemba",
            "october octobre octubre outubro oktoba",
            "november novembre noviembre novembro novemba",
            "december décembre diciembre dezembro desemba",
        ),
        1,
    )
    for name in names.split()
}
NAMES = "|".join(sorted({*MONTHS, *(name[:3] for name in MONTHS)}, key=len, reverse=True))
DATED = re.compile(
    r"(?<![\d.])(?:(?P<iso>(?:19|20)\d\d-\d\d(?:-\d\d)?)"
    rf"|(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+|de\s+)?)?\b(?P<month>{NAMES})"
    r"\.?,?\s+(?:of\s+|de\s+)?(?P<year>(?:19|20)\d\d)|(?P<alone>(?:19|20)\d\d))(?!\d)",
    re.IGNORECASE,
)


def find_title(hints: Hints, metadata: Mapping[str, str], first: Sequence[Line], name: str) -> str:
    """Return the title of a document; `first` are the lines of its first page.

    The file's name without its ending is the last resort.
    """
    stated = " ".join(metadata.get("Title", "").replace("\x00", "").split())
    if hints.title:
        return hints.title
    sensible = 3 < len(stated) <= LONGEST_TITLE and re.search(r"[^\W\d_]{3}", stated)
    if sensible and not NO_TITLE.search(stated) and fold(stated) != fold(name):
        return stated
    return _biggest(first) or name.replace("_", " ").replace("-", " ").strip() or name


def find_edition(
    hints: Hints,
    metadata: Mapping[str, str],
    pages: Sequence[Sequence[Line]],
    names: Sequence[str] = (),
) -> str:
    """Return the edition: what the user said, what the first pages, names or metadata state.

    `names` are the name of the file and the title.
    """
    if hints.edition:
        return hints.edition
    for page in pages[:FIRST_PAGES]:
        for line in page:
            words = line.text
            if len(words) > LONGEST_STATEMENT or not SAYS_EDITION.search(words):
                continue
            stated = "" if NEXT_REVIEW.search(words) else _date_in(words)
            if stated:
                return stated
    return edition_in(*names) or _year_made(metadata)


def _year_made(metadata: Mapping[str, str]) -> str:
    """Return the year in which the file was changed or made, "" where that is not said."""
    for key in ("ModDate", "CreationDate"):
        found = re.match(r"(?:D:)?((?:19|20)\d\d)", metadata.get(key, ""))
        if found:
            return found.group(1)
    return ""


def fold(text: str) -> str:
    """Return the letters and digits of a name, casefolded."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _date_in(words: str) -> str:
    """Return the last date or year of a line that states an edition."""
    last = ""
    for found in DATED.finditer(words):
        month = _month(found["month"] or "")
        if month and found["day"]:
            last = read_date(f"{found['year']}-{month:02d}-{int(found['day']):02d}")
        elif month:
            last = f"{found['year']}-{month:02d}"
        else:
            last = read_date(found["iso"] or found["alone"] or found["year"])
    return last


def _month(name: str) -> int | None:
    """Return the number of a month by its name or the first letters of it."""
    name = name.casefold()
    return next((n for full, n in MONTHS.items() if len(name) > 2 and full.startswith(name)), None)


def _biggest(lines: Sequence[Line]) -> str:
    """Return the biggest words of a page, over the lines that they fill."""
    wordy = [line for line in lines if re.search(r"[^\W\d_]{2}", line.text)]
    if not wordy:
        return ""
    size = max(line.size for line in wordy)
    parts: list[str] = []
    for line in wordy:
        if line.size > 0.97 * size:
            parts.append(line.text)
        elif parts:
            break
    text = " ".join(show_hyphens(part) for part in parts)
    return text if len(parts) <= 4 and len(text) <= LONGEST_TITLE else ""
