"""Fetching: articles, questions and topics from five public sources, on a machine with internet.

One of the two rooms that may open the network; it refuses to in a process that is guarded
(elara_local.offline). What each source gives and under which terms: docs/fetching.md.
"""

from index.fetch.options import Options, add_fetch_arguments, read_options
from index.fetch.sources import SOURCES, run_fetch

__all__ = ["SOURCES", "Options", "add_fetch_arguments", "read_options", "run_fetch"]
