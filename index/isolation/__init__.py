"""Reading one file in a process of its own, with limits: what both sides of the pipe know.

The parent (`process`) starts a child, asks it for one file and takes lines back; the child
(`child`) recognises, reads and answers; `wire` is what a line looks like. This room knows no
format: it is told which readers there are. It knows no folder and no index.
"""
