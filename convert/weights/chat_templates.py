"""A model's chat template: found in its folder, checked to be a template and nothing more.

A template is a program that a stranger wrote and Jinja runs. What is covered: names that begin
with an underscore (the way out of a sandbox), loading of other templates, long sums, sizes, and
a trial in Jinja's sandbox. What is not: that the words of the template are good ones. It knows no
tokenizer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from elara_local.engines.chat.templates import LONGEST_TEMPLATE, render
from elara_local.errors import ElaraError, WrongFile
from elara_local.ports import Message

SYSTEM = Message("system", "Answer from the passages alone.")
CONVERSATIONS: tuple[tuple[Message, ...], ...] = (
    (SYSTEM, Message("user", "Amoxicillin 250 mg: how often?")),
    (
        SYSTEM,
        Message("user", "¿Qué hago?"),
        Message("assistant", "Give 40 ml/kg [1]."),
        Message("user", "And <b>then</b>, at 39.5 °C?"),
    ),
)
TRAINING_MARK = re.compile(r"(\{%[-+]?\s*)(end)?generation(\s*[-+]?%\})")
LARGEST_RANGE = 1000
UNRUNNABLE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, MemoryError)
HINT = "Take the template from the model's first publisher, or put a plain one in its folder."


def read_chat_template(folder: Path) -> str:
    """Return the chat template of a Hugging Face folder, "" when it has none.

    The marks that only training reads ({% generation %}) become {% if true %}, which any Jinja
    understands and which leaves the text as it was.

    Raises:
        WrongFile: it is unreadable, too long, or more than a template.
    """
    template = _find_template(folder)
    if not template:
        return ""
    template = TRAINING_MARK.sub(
        lambda found: f"{found[1]}{'endif' if found[2] else 'if true'}{found[3]}", template
    )
    check_chat_template(template)
    return template


def check_chat_template(template: str) -> None:
    """Refuse a template that does what no chat template needs, or that fails in the sandbox.

    Raises:
        WrongFile: with the reason.
    """
    if len(template) > LONGEST_TEMPLATE:
        raise _refused(f"it has {len(template):,} characters, more than {LONGEST_TEMPLATE:,}")
    _check_tree(template)
    try:
        for conversation in CONVERSATIONS:
            render_published(template, conversation, "<s>", "</s>")
            render(conversation, template, "<s>", True)
    except ElaraError as error:
        raise _refused(error.message) from error


def render_published(
    template: str, messages: Sequence[Message], bos: str, eos: str, ask: bool = True
) -> str:
    """Render a conversation as transformers does, in Jinja's sandbox.

    A template that refuses a system turn is given its words before the first user's.

    Raises:
        WrongFile: the template can't be run.
    """
    import jinja2

    from elara_local.engines.chat.templates import fold_system

    program = _environment().from_string(template)
    last = ""
    for turns in (messages, fold_system(messages)):
        try:
            text: str = program.render(
                messages=[{"role": turn.role, "content": turn.content} for turn in turns],
                bos_token=bos,
                eos_token=eos,
                add_generation_prompt=ask,
                enable_thinking=False,
            )
            return text
        except UNRUNNABLE + (jinja2.TemplateError,) as error:
            last = str(error)
    raise _refused(f"it can't be run ({last})")


def _find_template(folder: Path) -> str:
    """Return what transformers would take: the .jinja file, the .json file, the settings."""
    try:
        if (folder / "chat_template.jinja").is_file():
            return (folder / "chat_template.jinja").read_text(encoding="utf-8")
        for name in ("chat_template.json", "tokenizer_config.json"):
            path = folder / name
            if path.is_file():
                found = json.loads(path.read_text(encoding="utf-8")).get("chat_template")
                if found:
                    return _default_of(found)
    except (OSError, ValueError, AttributeError) as error:
        raise WrongFile(f"The chat template of {folder.name} can't be read ({error}).") from error
    return ""


def _default_of(found: object) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        named = {one.get("name"): one.get("template") for one in found if isinstance(one, Mapping)}
        if isinstance(named.get("default"), str):
            return str(named["default"])
    raise _refused("it is neither a text nor a list with one named 'default'")


def _environment() -> Any:
    """Return Jinja's sandbox with what transformers puts into it."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(reason: str) -> None:
        raise jinja2.TemplateError(reason)

    def write_json(value: object, indent: int | None = None, **_: object) -> str:
        return json.dumps(value, ensure_ascii=False, indent=indent)

    box = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    box.filters["tojson"] = write_json
    box.globals["raise_exception"] = refuse
    box.globals["strftime_now"] = lambda layout: date.today().strftime(layout)
    return box


def _check_tree(template: str) -> None:
    from jinja2 import TemplateError, nodes

    try:
        tree = _environment().parse(template)
    except (TemplateError, RecursionError) as error:
        raise _refused(f"Jinja can't read it ({error})") from error
    for node in tree.find_all(nodes.Node):
        fault = _find_fault(node)
        if fault:
            raise _refused(fault)


def _find_fault(node: Any) -> str:
    """Return what a node does that no chat template needs, "" when nothing."""
    from jinja2 import nodes

    if isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
        return f"it loads another template ({type(node).__name__.lower()})"
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return f"it reaches for '{node.attr}'"
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and "__" in node.value:
        return "it holds a name with two underscores"
    if isinstance(node, nodes.Filter) and node.name == "attr":
        return "it reaches for an attribute through the filter 'attr'"
    if isinstance(node, nodes.Mul | nodes.Pow):
        return f"it multiplies ('{node.operator}')"
    return _find_call_fault(node) if isinstance(node, nodes.Call) else ""


def _find_call_fault(node: Any) -> str:
    """Return the fault of a call: a template may be slow, but not for ever."""
    from jinja2 import nodes

    called = node.node
    if isinstance(called, nodes.Getattr) and called.attr in ("format", "format_map"):
        return "it formats a text by another text"
    if isinstance(called, nodes.Name) and called.name == "lipsum":
        return "it writes filler text"
    sizes = [a.value for a in node.args if isinstance(a, nodes.Const) and type(a.value) is int]
    if (
        isinstance(called, nodes.Name)
        and called.name == "range"
        and max(sizes, default=0) > (LARGEST_RANGE)
    ):
        return f"it counts to {max(sizes):,}"
    return ""


def _refused(why: str) -> WrongFile:
    return WrongFile(f"The chat template of this model is refused: {why}.", HINT)
