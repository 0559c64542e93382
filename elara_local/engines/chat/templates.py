"""Turns messages into the exact text a model was trained on, in parts.

A part is either the template's own text, where control tokens are read, or the words of a
message, where they never are: "<|im_start|>" typed by a user stays eleven characters.
The three common layouts are rendered here; any other template is run by Jinja in its
sandbox with placeholders in the place of the words. It knows no model and no tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from elara_local.errors import WrongFile, WrongUse
from elara_local.ports import Message

ROLES = ("system", "user", "assistant")
LONGEST_TEMPLATE = 200_000  # characters
NO_THINKING = "<think>\n\n</think>\n\n"  # the empty thought of models that can think aloud


@dataclass(frozen=True)
class Part:
    """A stretch of a prompt; control tokens are read in it only when `control` is true."""

    text: str
    control: bool


@dataclass(frozen=True)
class Layout:
    """How one family of models marks the turns; `mark` names a template as its own."""

    mark: str
    before: str
    after: str
    assistant: str = "assistant"
    system: bool = True
    unless: str = "\0"


LAYOUTS = (
    Layout("<|im_start|>", "<|im_start|>{role}\n", "<|im_end|>\n", unless="<|im_sep|>"),
    Layout("<|start_header_id|>", "<|start_header_id|>{role}<|end_header_id|>\n\n", "<|eot_id|>"),
    Layout("<start_of_turn>", "<start_of_turn>{role}\n", "<end_of_turn>\n", "model", False),
)
MARKERS = re.compile(r"<\|[^<>|\s]{1,40}\|>|</?[a-z_]{1,30}>|\[/?[A-Z_]{3,30}\]|<<[A-Z]+>>")


def render(messages: Sequence[Message], template: str, bos: str, ask: bool) -> list[Part]:
    """Render the prompt as parts.

    Args:
        messages: the turns.
        template: the model's own chat template.
        bos: the text of the model's first token, for templates that write it.
        ask: end with the opening of the assistant's turn.

    Raises:
        WrongUse: a role is none of system, user, assistant.
        WrongFile: the template can't be run or leaves a message out.
    """
    for message in messages:
        if message.role not in ROLES:
            raise WrongUse(f"A message has the role '{message.role}'.", "Use " + ", ".join(ROLES))
    for layout in LAYOUTS:
        if layout.mark in template and layout.unless not in template:
            thought = NO_THINKING if "enable_thinking" in template else ""
            return _lay_out(messages, layout, ask, thought)
    return _run_template(messages, template, bos, ask)


def split_markers(text: str) -> list[str]:
    """Cut a text inside everything that looks like a control token.

    A few models list their turn marks as ordinary words, which are found even where
    control tokens are not read; cut in two they can't be.
    """
    pieces, last = [], 0
    for match in MARKERS.finditer(text):
        pieces.append(text[last : match.start() + 1])
        last = match.start() + 1
    return [piece for piece in (*pieces, text[last:]) if piece]


def _lay_out(messages: Sequence[Message], layout: Layout, ask: bool, thought: str) -> list[Part]:
    parts: list[Part] = []
    for message in messages if layout.system else fold_system(messages):
        role = layout.assistant if message.role == "assistant" else message.role
        parts.append(Part(layout.before.format(role=role), True))
        parts.append(Part(message.content, False))
        parts.append(Part(layout.after, True))
    if ask:
        parts.append(Part(layout.before.format(role=layout.assistant) + thought, True))
    return parts


def fold_system(messages: Sequence[Message]) -> list[Message]:
    """Put the system's words before the first user's, for models without a system turn."""
    rules = "\n\n".join(m.content for m in messages if m.role == "system")
    turns = [m for m in messages if m.role != "system"]
    if not rules:
        return turns
    if turns and turns[0].role == "user":
        return [Message("user", f"{rules}\n\n{turns[0].content}"), *turns[1:]]
    return [Message("user", rules), *turns]


def _run_template(messages: Sequence[Message], template: str, bos: str, ask: bool) -> list[Part]:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    if not template or len(template) > LONGEST_TEMPLATE:
        raise _unusable("it has none" if not template else "it is too long")

    def refuse(reason: str) -> None:
        raise jinja2.TemplateError(reason)

    box = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    last = ""
    for turns in (list(messages), fold_system(messages)):
        stand_ins = [f"\ue000{number}\ue001" for number in range(len(turns))]
        try:
            text = box.from_string(template).render(
                messages=[
                    {"role": turn.role, "content": mark}
                    for turn, mark in zip(turns, stand_ins, strict=True)
                ],
                bos_token=bos,
                eos_token="",
                add_generation_prompt=ask,
                raise_exception=refuse,
            )
        except (jinja2.TemplateError, TypeError, ValueError, OverflowError, MemoryError) as error:
            last = str(error)
            continue
        return _fill_in(text, turns, stand_ins)
    raise _unusable(f"it can't be run ({last})")


def _fill_in(text: str, turns: Sequence[Message], stand_ins: Sequence[str]) -> list[Part]:
    parts: list[Part] = []
    for turn, mark in zip(turns, stand_ins, strict=True):
        before, found, text = text.partition(mark)
        if not found or mark in text:
            raise _unusable("it leaves a message out or repeats it")
        parts += [Part(before, True), Part(turn.content, False)]
    return [part for part in (*parts, Part(text, True)) if part.text]


def _unusable(why: str) -> WrongFile:
    return WrongFile(
        f"The chat template of this model can't be used: {why}.",
        "Choose a model with a ChatML, Llama 3 or Gemma template.",
    )
