"""What launcher.py does on a first start, with the standard library alone.

start      is everything there? set up what lacks, hand over
stamp      what has been done, kept inside .venv
installation  the steps of a set-up, one after the other
environment   .venv itself: made, mended, locked
packages   pip, with its progress in plain lines
hardware   graphics card and compiler
"""
