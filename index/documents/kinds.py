"""Which format a file is: from its content first, its name only decides between texts.

What is covered: everything in `index.documents.FORMATS`, and a line with the way out for what
a clinic may have instead: old office files, encrypted ones, pictures, programs, archives.
What is not covered: a text of one kind that is written to look like another. It reads the
first bytes and the names inside a zip; the readers look at the rest.
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

from elara_local.errors import WrongFile
from index.documents.decoding import decode
from index.documents.streams import GZIP, Archive, open_stream

HEAD = 1 << 16  # bytes looked at: the longest prolog of XML seen is 2,000
PDF_WITHIN = 1024  # bytes before %PDF that viewers allow
POINTER = b"version https://git-lfs"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
PICTURE = "it is a picture.", "Add the text that it shows, as PDF with text or as DOCX."
PROGRAM = "it is a program.", "Add documents only."
PACKED = "it is an archive.", "Unpack it and add the documents inside."
MEDIA = "it is sound or video.", "Add the text of what is said."
# First bytes of what is not read -> what to say.
MAGIC: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (POINTER, ("it is a pointer to a file, not the file.", "Fetch it with git lfs pull.")),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"BM", PICTURE),
    (b"II*\x00", PICTURE),
    (b"MM\x00*", PICTURE),
    (b"\x00\x00\x01\x00", PICTURE),
    (b"AT&TFORM", PICTURE),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"Rar!", PACKED),
    (b"7z\xbc\xaf", PACKED),
    (b"BZh", PACKED),
    (b"\xfd7zXZ", PACKED),
    (b"\x28\xb5\x2f\xfd", PACKED),
    (b"ID3", MEDIA),
    (b"OggS", MEDIA),
    (b"RIFF", MEDIA),
    (b"{\\rtf", ("it is an RTF file.", "Save it as DOCX.")),
    (b"%!PS", ("it is a PostScript file.", "Save it as PDF.")),
    (b"SQLite format 3", ("it is a database.", "Export what you need as CSV.")),
)
MAGIC_TEXT = frozenset((b"BM", b"MZ", b"ID3", b"RIFF", b"BZh"))  # may also begin a text
# A member of a zip -> the format, or what to say.
MEMBERS: tuple[tuple[str, str | tuple[str, str]], ...] = (
    ("word/document.xml", "docx"),
    ("META-INF/container.xml", "epub"),
    ("xl/workbook.xml", ("it is a spreadsheet.", "Save each sheet as CSV.")),
    ("xl/workbook.bin", ("it is a spreadsheet.", "Save each sheet as CSV.")),
    ("ppt/presentation.xml", ("it is a presentation.", "Save it as PDF.")),
    ("content.xml", ("it is an OpenDocument file.", "Save it as DOCX.")),
)
# First element of XML -> the format.
ROOTS = {
    "html": "html",
    "pubmedarticleset": "pubmed",
    "medlinecitationset": "pubmed",
    "pubmedbookarticleset": "pubmed",
    "article": "jats",
    "pmc-articleset": "jats",
    "posts": "stackexchange",
}
# What may stand before the first element: how it begins -> how it ends.
PROLOG = (("<?", "?>"), ("<!--", "-->"), ("<!doctype", ">"))
ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.I)
JSON = re.compile(r'\s*(?:\[\s*)*\{\s*"')
EXTENSIONS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".tsv": "csv",
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
}
NAMESPACE = re.compile(r"\s*<[A-Za-z][\w:.-]*\s[^<>]{0,400}xmlns")
MAIL = re.compile(r"^MIME-Version:", re.M | re.I)
MEDQUAD_FIELDS = {"question", "answer", "focus"}


def recognise(path: Path) -> str:
    """Return the format of a file, a key of FORMATS.

    Raises:
        WrongFile: it is nothing that is read; the hint says what to do.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise WrongFile("it is empty.", "Copy or fetch it again.")
    if b"%PDF-" in head[:PDF_WITHIN]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_zip(path)
    if head.startswith(OLE):
        raise _office(path)
    name = path.name.lower()
    if head.startswith(GZIP):
        head, name = _unpack(path), name.removesuffix(".gz")
        if b"%PDF-" in head[:PDF_WITHIN] or head.startswith(b"PK\x03\x04"):
            raise WrongFile(*PACKED)
    _refuse_magic(head)
    return _in_text(head, Path(name).suffix)


def _in_zip(path: Path) -> str:
    with Archive(path) as archive:
        names = set(archive.names)
        for member, kind in MEMBERS:
            if member in names:
                if isinstance(kind, tuple):
                    raise WrongFile(*kind)
                return kind
        if any(name.startswith("word/") for name in names):
            return "docx"
    raise WrongFile(*PACKED)


def _office(path: Path) -> WrongFile:
    """What to say of an OLE file: Office before 2007, or any Office file with a password."""
    with path.open("rb") as file:
        while part := file.read(HEAD):
            if ENCRYPTED in part:
                return WrongFile("it is encrypted.", "Save it without a password.")
    return WrongFile("it is an Office file of before 2007.", "Save it as DOCX (or CSV).")


def _unpack(path: Path) -> bytes:
    try:
        with open_stream(path) as stream:
            head = stream.read(HEAD)
    except (EOFError, zlib.error) as error:
        raise WrongFile("its gzip stream is broken.", "Fetch or copy it again.") from error
    if not head or head.startswith(GZIP):
        raise WrongFile(*PACKED)
    return head


def _refuse_magic(head: bytes) -> None:
    binary = b"\x00" in head[:HEAD]
    for magic, said in MAGIC:
        if head.startswith(magic) and (binary or magic not in MAGIC_TEXT):
            raise WrongFile(*said)
    if head[4:8] == b"ftyp":
        raise WrongFile(*(PICTURE if head[8:11] in (b"hei", b"avi", b"mif") else MEDIA))


def _refuse_wrapped(text: str) -> None:
    """Refuse texts in which the words are coded: "=C2=B5g" must not be taken for a dose."""
    if MAIL.search(text[:4096]):
        raise WrongFile("it is a web archive or an e-mail.", "Save it as HTML or PDF.")


def _in_text(head: bytes, extension: str) -> str:
    # Only the beginning is decoded, and leniently: the reader of the format is the judge.
    text = _peek(head)
    _refuse_wrapped(text)
    if HTML.match(text, _skip_prolog(text, PROLOG[:2])):
        return "html"
    if text.lstrip().startswith(("<?xml", "<!DOCTYPE", "<!--", "<")):
        if kind := _in_xml(text):
            return kind
        if text.lstrip().startswith("<?xml") or NAMESPACE.match(text):
            raise WrongFile(
                "it is XML of a kind that is not known.", "Save it as HTML, DOCX or text."
            )
    if text.lstrip()[:1] in ("{", "["):
        if kind := _in_json(text, extension):
            return kind
    return EXTENSIONS.get(extension, "text")


def _peek(head: bytes) -> str:
    """The text at the beginning; a character cut at the end of it does not count."""
    try:
        return decode(head[:-4] if len(head) == HEAD else head)
    except WrongFile:
        if b"\x00" in head:
            raise
        return head.decode("latin-1")  # the reader knows what is declared; here ASCII will do


def _in_xml(text: str) -> str:
    found = ELEMENT.match(text, _skip_prolog(text, PROLOG))
    root = found[1] if found else ""
    if root == "Document" and "<QAPair" in text or root == "Document" and "<Focus" in text:
        return "medquad"
    return ROOTS.get(root.lower(), "")


def _skip_prolog(text: str, parts: tuple[tuple[str, str], ...]) -> int:
    """Return where the first thing begins that is none of the parts."""
    at, end = 0, 0
    while end >= 0:
        at += len(text[at:]) - len(text[at:].lstrip())
        opening = text[at : at + 9].lower()
        closing = next((c for begin, c in parts if opening.startswith(begin)), "")
        if not closing:
            break
        # The inner part of a document type, in brackets, may hold elements' names and ">".
        inner = text.find("[", at, text.find(">", at)) if closing == ">" else -1
        end = text.find(closing, text.find("]", inner) if inner >= 0 else at)
        at = end + len(closing) if end >= 0 else len(text)
    return at


def _in_json(text: str, extension: str) -> str:
    """JSON, one object a line, or MedQuAD; "" for a text that begins with a bracket."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = _parse(lines[0])
    if isinstance(first, dict):
        whole = len(lines) == 1 and extension not in (".jsonl", ".ndjson")
        if MEDQUAD_FIELDS <= first.keys():
            return "medquad"
        if not whole and (len(lines) == 1 or lines[1].lstrip().startswith("{")):
            return "jsonl"
        return "json"
    if extension in (".jsonl", ".ndjson"):
        return "jsonl"
    if isinstance(first, list) or extension == ".json":
        return "json"
    return "json" if JSON.match(text) and extension not in (*EXTENSIONS, ".txt") else ""


def _parse(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
