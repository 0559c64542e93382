"""Reading documents: one file per format, each from bytes to blocks in reading order.

A reader is a function `read_<format>(path, hints)` that yields `Parsed` documents one at a
time and raises `WrongFile` for what it can't read. `FORMATS` names them; nothing is imported
until a file of that format is read, and then in a child process (index.reading).
This room knows no passage, no embedding and no index.
"""

# Format -> the reader, as module:function. Recognised by `index.documents.kinds`.
FORMATS = {
    "pdf": "index.documents.pdf:read_pdf",
    "docx": "index.documents.docx:read_docx",
    "html": "index.documents.html:read_html",
    "epub": "index.documents.epub:read_epub",
    "markdown": "index.documents.markdown:read_markdown",
    "text": "index.documents.plain:read_text",
    "csv": "index.documents.tables:read_csv",
    "json": "index.documents.objects:read_json",
    "jsonl": "index.documents.objects:read_jsonl",
    "pubmed": "index.documents.pubmed:read_pubmed",
    "jats": "index.documents.jats:read_jats",
    "medquad": "index.documents.medquad:read_medquad",
    "stackexchange": "index.documents.stackexchange:read_stackexchange",
}
