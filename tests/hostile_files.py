"""Files made to harm whoever reads them, each by hand and small; see test_hostile.py."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from itertools import repeat

MEGABYTE = 1 << 20
GOOD_TEXT = "Give zinc 20 mg daily for 10 days.\n\nDo not give it to infants under 2 months.\n"
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
    '<rootfiles><rootfile full-path="c.opf" '
    'media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'


def pdf(*objects, root="1 0 R", trailer=""):
    """A PDF of these object bodies, numbered from 1, with a right cross-reference table."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        body = body if isinstance(body, bytes) else body.encode()
        out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010d} 00000 n \n".encode() for place in places)
    end = f"trailer\n<</Size {len(objects) + 1}/Root {root}{trailer}>>\nstartxref\n{start}\n%%EOF\n"
    return out.getvalue() + end.encode()


def stream(data, extra=""):
    return f"<</Length {len(data)}{extra}>>\nstream\n".encode() + data + b"\nendstream"


def packed(times, unit=b"\x00" * MEGABYTE):
    """`times` units, deflated, made without ever holding them."""
    press = zlib.compressobj(6)
    return b"".join(press.compress(unit) for _ in range(times)) + press.flush()


def page(contents="4 0 R", parent="2 0 R"):
    return (
        f"<</Type/Page/Parent {parent}/MediaBox[0 0 612 792]/Contents {contents}"
        "/Resources<</Font<</F1 5 0 R>>>>>>"
    )


CATALOG = "<</Type/Catalog/Pages 2 0 R>>"
ONE_PAGE = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
FONT = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
WORDS = stream(b"BT /F1 12 Tf 72 720 Td (Give zinc 20 mg daily for 10 days.) Tj ET")


def docx(before, inner="", times=0, after=""):
    """A DOCX whose document is `before`, `times` times `inner`, `after`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("_rels/.rels", RELS)
        with file.open("word/document.xml", "w", force_zip64=True) as member:
            for part in (before, *repeat(inner.encode(), times), after):
                member.write(part.encode() if isinstance(part, str) else part)
    return out.getvalue()


def body(inner, times):
    return f"<w:document {W}><w:body>", inner, times, "</w:body></w:document>"


def epub(chapters, manifest=None):
    out = io.BytesIO()
    names = list(chapters) if manifest is None else manifest
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(names)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A book</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        file.writestr("META-INF/container.xml", CONTAINER)
        file.writestr("c.opf", opf)
        for name, text in chapters.items():
            file.writestr(name, text)
    return out.getvalue()


def overlapping(data, copies=400):
    """A zip whose directory names one large member many times, all at the same place."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("META-INF/container.xml", CONTAINER)
        file.writestr("a.xhtml", data)
        first = file.getinfo("a.xhtml")
        for number in range(copies):
            copy = zipfile.ZipInfo(f"{number:05d}.xhtml")
            for name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(copy, name, getattr(first, name))
            file.filelist.append(copy)
            file.NameToInfo[copy.filename] = copy
        file._didModify = True
    return out.getvalue()


def lying_size(data):
    """A zip whose headers say that every member has 10 bytes."""
    raw = bytearray(data)
    for magic, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = raw.find(magic)
        while start >= 0:
            raw[start + place : start + place + 4] = struct.pack("<I", 10)
            start = raw.find(magic, start + 4)
    return bytes(raw)


def encrypted_pdf():
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(
        clone_from=PdfReader(io.BytesIO(pdf(CATALOG, ONE_PAGE, page(), WORDS, FONT)))
    )
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def hostile():
    """Return {name: bytes} of files that can't be read, or only in part."""
    many_kids = " ".join(["3 0 R"] * 200_000)
    deep = [f"<</Type/Pages/Count 1/Kids[{n + 3} 0 R]>>" for n in range(20_000)]
    paragraph = f"<w:p><w:r><w:t>{'zinc ' * 2000}</w:t></w:r></w:p>"
    chapter = "<html><body><p>{}</p></body></html>"
    return {
        "pages.pdf": pdf(
            CATALOG, f"<</Type/Pages/Kids[{many_kids}]/Count 200000>>", page(), WORDS, FONT
        ),
        "count.pdf": pdf(CATALOG, "<</Type/Pages/Kids[]/Count 2147483647>>"),
        "loop.pdf": pdf(CATALOG, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
        "deep.pdf": pdf(CATALOG, *deep),
        "arrays.pdf": pdf(CATALOG, ONE_PAGE, "[" * 500_000 + "]" * 500_000),
        "flate.pdf": pdf(
            CATALOG, ONE_PAGE, page(), stream(packed(250), "/Filter/FlateDecode"), FONT
        ),
        "flate-twice.pdf": pdf(
            CATALOG,
            ONE_PAGE,
            page(),
            stream(zlib.compress(packed(300), 9), "/Filter[/FlateDecode/FlateDecode]"),
            FONT,
        ),
        "words.pdf": pdf(
            CATALOG,
            ONE_PAGE,
            page(),
            stream(
                packed(100, b"BT /F1 9 Tf 9 9 Td (zinc 20 mg) Tj ET\n" * 20_000),
                "/Filter/FlateDecode",
            ),
            FONT,
        ),
        "form.pdf": pdf(
            CATALOG,
            ONE_PAGE,
            page().replace("/Font<<", "/XObject<</X 6 0 R>>/Font<<"),
            stream(b"/X Do"),
            FONT,
            stream(
                b"/X Do /X Do",
                "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>",
            ),
        ),
        "encrypted.pdf": encrypted_pdf(),
        "cut.pdf": pdf(CATALOG, ONE_PAGE, page(), WORDS, FONT)[:200],
        "empty.pdf": b"",
        "text-called.pdf": b"\x00\x01\x02\x03 not a PDF",
        "zeros.docx": docx("", "\0" * MEGABYTE, 150),
        "bomb.zip.docx": docx(*body(paragraph, 10_000)),
        "lying.docx": lying_size(docx(*body(paragraph, 10_000))),
        "laughs.docx": docx(
            f"{BOMB}<w:document {W}><w:body><w:p><w:r><w:t>&l9;</w:t></w:r></w:p>"
            "</w:body></w:document>"
        ),
        "outside.docx": docx(
            f"{OUTSIDE}<w:document {W}><w:body><w:p><w:r><w:t>&l9;</w:t></w:r>"
            "</w:p></w:body></w:document>"
        ),
        "nested.docx": docx(*body("<w:tbl><w:tr><w:tc>", 50_000)),
        "archive.docx": _archive({"a.docx": docx(*body(paragraph, 1))}),
        "bomb.epub": epub({"a.xhtml": chapter.format("zinc " * 15 * MEGABYTE)}),
        "many.epub": epub({f"{n}.xhtml": chapter.format("zinc " * 200_000) for n in range(300)}),
        "again.epub": epub({"a.xhtml": chapter.format("zinc " * 3_000_000)}, ["a.xhtml"] * 2000),
        "overlapping.epub": overlapping(chapter.format("zinc " * 3_000_000)),
        "up.epub": epub({"a.xhtml": chapter.format("x")}, ["../../../../etc/passwd"]),
        "laughs.xml": f"{BOMB}<PubmedArticleSet>&l9;</PubmedArticleSet>".encode(),
        "outside.nxml": f"{OUTSIDE}<article><body><p>&l9;</p></body></article>".encode(),
        "deep.nxml": b"<article><body>" + b"<sec>" * 500_000,
        "attributes.nxml": b"<article " + b" ".join(b'a%d="1"' % n for n in range(300_000)),
        "comment.xml": b"<!--" + b"x" * (5 * MEGABYTE),
        "bomb.xml.gz": gzip.compress(b"<PubmedArticleSet>") + _gzip(b" " * MEGABYTE, 200),
        "bomb.txt.gz": _gzip(b"zinc 20 mg " * 100_000, 120),
        "twice.txt.gz": gzip.compress(gzip.compress(GOOD_TEXT.encode())),
        "deep.json": b"[" * 2_000_000,
        "deeper.jsonl": b'{"a":' * 500_000,
        "number.json": b'{"text": ' + b"9" * 5_000_000 + b"}",
        "deep.html": b"<div>" * 300_000 + b"zinc",
        "wide.html": b"<table><tr><td colspan=1000000 rowspan=1000000>x</td></tr></table>" * 1000,
        "wide.csv": b"a," * 1_000_000 + b"\n" + b"1," * 1_000_000,
        "quote.csv": b'drug,dose\nzinc,"' + b"x" * (40 * MEGABYTE),
        "noise.txt": bytes(range(256)) * 4000,
        "utf16.txt": "Give zinc 20 mg.".encode("utf-16")[:-1],
        "picture.txt": b"\x89PNG\r\n\x1a\n" + b"\x00" * 500,
        "program.pdf": b"\x7fELF" + b"\x00" * 500,
        "emphasis.md": b"*a **" * 60_000,
        "brackets.md": b"[" * 40_000,
    }


def _archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def _gzip(unit, times):
    press = zlib.compressobj(6, zlib.DEFLATED, 31)
    return b"".join(press.compress(unit) for _ in range(times)) + press.flush()


def good():
    """Return {name: bytes} of files that are read."""
    chapter = f"<html><body><h1>Zinc</h1><p>{GOOD_TEXT}</p></body></html>"
    text = f"<w:p><w:r><w:t>{GOOD_TEXT.split(chr(10))[0]}</w:t></w:r></w:p>"
    return {
        "good.txt": GOOD_TEXT.encode(),
        "good.md": f"# Zinc\n\n{GOOD_TEXT}".encode(),
        "good.html": chapter.encode(),
        "good.csv": b"drug,dose\nzinc,20 mg\n",
        "good.json": json.dumps([{"title": "Zinc", "text": GOOD_TEXT}]).encode(),
        "good.pdf": pdf(CATALOG, ONE_PAGE, page(), WORDS, FONT),
        "good.docx": docx(f"<w:document {W}><w:body>{text}</w:body></w:document>"),
        "good.epub": epub({"a.xhtml": chapter}),
        "good.nxml": b"<article><body><p>Give zinc 20 mg.</p></body></article>",
        "good.xml": b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article>"
        b"<ArticleTitle>Zinc</ArticleTitle><Abstract><AbstractText>Give zinc.</AbstractText>"
        b"</Abstract></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    }


def write_sparse(path, size):
    """One line of `size` zeros that costs no disk."""
    with path.open("wb") as file:
        file.truncate(size)
    return path
