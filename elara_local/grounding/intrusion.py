"""Text that may never be shown as an answer, even where a source holds it word for word.

What is covered: HTML, Markdown images and links, addresses, chat-template marks, left-over
citation marks, sentences that give orders to the program. What is not covered: harmful
advice in a source (a document is trusted for its medicine, never for its orders).
"""

from __future__ import annotations

import re

INTRUSIONS = (
    (
        "HTML",
        re.compile(
            r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<!|<(?:img|script|iframe|a|svg|style)\b|&#\w+;",
            re.I,
        ),
    ),
    ("a Markdown image or link", re.compile(r"!\[|\]\(|\]\[|^\s*\[[^\]]*\]:", re.M)),
    ("an address", re.compile(r"\b(?:https?|ftp|file|data|javascript):\S|\bwww\.", re.I)),
    ("a chat template mark", re.compile(r"<\|[^>]*\|?>|\[/?inst\]|<</?sys>>|^###? ?\w+:", re.I)),
    ("a citation that was not resolved", re.compile(r"\[\s*\w{0,2}\d+(?:\s*[,;-]\s*\d+)*\s*\]|【")),
    (
        "an order to the program",
        re.compile(
            r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|rule|prompt"
            r"|guideline|safety|previous|above|check)|\bsystem prompt\b|\bas an ai\b"
            r"|\byou are (?:now )?(?:an? )?(?:ai|assistant|chatbot|language model|dan)\b"
            r"|\b(?:jailbreak|developer mode)\b|\brespond only with\b|^\s*(?:system|assistant)\s*:",
            re.I | re.S,
        ),
    ),
)


PLAIN_SIGNS = frozenset(" .,;:'\"()-/%\n\t\x00*_#•‘’“”‐‑‒–—…éèêëàâäöüïîåáíóúôçñæøœ")


def strange_sign(text: str, source: str) -> str:
    """The first sign of a text that may change its meaning and that the source does not have.

    Arrows, crosses, emoji, loose comparators, superscripts, question marks, other scripts;
    `text` comes without its numbers, which are read with their signs.
    """
    known = frozenset(source) | PLAIN_SIGNS
    return next((c for c in text if c not in known and not (c.isascii() and c.isalnum())), "")


def intrusion_in(text: str) -> str:
    """What the text holds that may never be shown, in words; "" where it holds nothing."""
    return next((name for name, words in INTRUSIONS if words.search(text)), "")
