"""Writes the tree of README.md anew: `python -m tests.readme_tree`."""

import re

from tests.test_readme import ROOT, read_heads


def main() -> None:
    """Replace what stands between the two marks."""
    lines = "\n".join(f"{name:52} {head}" for name, head in read_heads().items())
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    block = f"<!-- tree -->\n```\n{lines}\n```\n<!-- /tree -->"
    found = re.compile(r"<!-- tree -->.*<!-- /tree -->", re.DOTALL)
    path.write_text(found.sub(lambda _: block, text), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
