"""index/: from documents to the index that Elara asks. `python -m index --help`."""
