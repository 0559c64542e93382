"""The index folder: its files, written and read by the same room so that they can't drift.

passages.sqlite (documents, passages, words), keywords/ (tantivy), vectors.faiss,
manifest.json. Never pickle. What is asked of it is `folder.open_index`; what builds it,
`folder.write_index`. It knows no embedding model and no question.
"""
