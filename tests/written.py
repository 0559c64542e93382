"""Real files of each format with given content, for the tests of the readers."""

import html
import re
import zipfile

import docx

# What must come through every format as it stands.
SIGNS = (
    "SpO2 < 90 % or > 38.5 °C",
    "do not give more than 0.5 µg/kg",
    "never 1½ tablets, nor ¼; 25 kg/m² & 10³",
    "≤ 5–10 mg ± 2 × 3, no ≥ 1,000 IU",
    "Do NOT give if pH<7.1 without O2; 5-10 mg/kg/day",
)
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<metadata>{meta}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
)
TAGS = {"h": "h2", "p": "p", "li": "li"}


def write_html(path, content):
    """Write a page; `content` is (h, p or li; text) each."""
    path.write_text(f"<!doctype html><title>x</title><main>{_body(content)}</main>", "utf-8")


def write_markdown(path, content):
    """Write Markdown, every sign escaped that could mean something."""
    marks = {"h": "## ", "p": "", "li": "- "}
    lines = [
        marks[kind] + re.sub(r"([^\w\s]|(?<=\d)[.)]|_)", r"\\\1", text)
        if text.isascii()
        else marks[kind] + re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
        for kind, text in content
    ]
    path.write_text("\n\n".join(lines) + "\n", "utf-8")


def write_docx(path, content):
    """Write a Word file."""
    document = docx.Document()
    for kind, text in content:
        if kind == "h":
            document.add_heading(text, 2)
        else:
            document.add_paragraph(text, style="List Bullet" if kind == "li" else None)
    document.save(path)


def write_epub(path, content, meta="<dc:title>x</dc:title>"):
    """Write an EPUB of one chapter."""
    write_book(path, {"a.xhtml": _body(content)}, meta=meta)


def write_book(path, chapters, spine=None, meta="<dc:title>x</dc:title>", **others):
    """Write an EPUB; `chapters` are bodies by name, `others` further members."""
    items = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in chapters
    )
    order = "".join(f'<itemref idref="{name}"/>' for name in spine or chapters)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        package = PACKAGE.format(meta=meta, items=items, spine=order)
        archive.writestr("OPS/book.opf", package)
        for name, body in chapters.items():
            page = (
                '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'
                f"<head><title/></head><body>{body}</body></html>"
            )
            archive.writestr(f"OPS/{name}", page)
        for name, data in others.items():
            archive.writestr(name.replace("__", "/"), data)


def _body(content):
    parts = []
    for kind, text in content:
        line = f"<{TAGS[kind]}>{html.escape(text)}</{TAGS[kind]}>"
        parts.append(f"<ul>{line}</ul>" if kind == "li" else line)
    return "".join(parts)
