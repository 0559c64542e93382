"""Examples as token rows: the prompt exactly as at run time, then the answer, which is learned.

Messages, template and markers are those of elara_local, so that what is learned is what is later
asked: a test holds the ids against `Context.tokenize`. Words of a message never make control
tokens. Only the answer and the token that ends the turn carry a label. Rows are grouped by
length and padded on the left, so that all answers end in one column and only their scores are
computed. It knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from convert.dialogues import Example
from elara_local.engines.chat.templates import Part, render, split_markers
from elara_local.errors import WrongFile
from elara_local.ports import Message

if TYPE_CHECKING:
    import torch

UNLEARNED = -100  # the label that the loss leaves out
MEGABATCH = 16  # batches that are drawn together and sorted by length


@dataclass(frozen=True)
class Row:
    """The tokens of one example; the first `prompt` of them are given, the rest is learned."""

    tokens: tuple[int, ...]
    prompt: int


class Reader:
    """Turns messages and examples into tokens, for one tokenizer of transformers."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._template = tokenizer.chat_template
        self._bos = tokenizer.bos_token or ""

    def read_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the ids of a prompt that ends with the opening of the assistant's turn."""
        return self._encode(render(messages, self._template, self._bos, ask=True), lead=True)

    def read_example(self, example: Example) -> Row:
        """Return the row of an example.

        Raises:
            WrongFile: the template does not say how a turn ends.
        """
        prompt = self.read_prompt(example.messages)
        answer = self._encode([Part(example.response, False)])
        return Row((*prompt, *answer, self._find_end(example.messages)), len(prompt))

    def _find_end(self, messages: Sequence[Message]) -> int:
        """Return the token after which nothing is said."""
        turns = [*messages, Message("assistant", "Yes.")]
        last = render(turns, self._template, self._bos, ask=False)[-1]
        closing = self._encode([last]) if last.control else []
        special = set(self._tokenizer.all_special_ids)
        if closing and closing[0] in special:
            return closing[0]
        if self._tokenizer.eos_token_id is None:
            raise WrongFile("The chat template does not say how a turn ends.")
        return int(self._tokenizer.eos_token_id)

    def _encode(self, parts: Sequence[Part], lead: bool = False) -> list[int]:
        ids: list[int] = []
        for part in parts:
            for piece in [part.text] if part.control else split_markers(part.text):
                found = self._tokenizer(
                    piece, add_special_tokens=False, split_special_tokens=not part.control
                )
                ids += found["input_ids"]
        bos = self._tokenizer.bos_token_id
        first = self._tokenizer("", add_special_tokens=True)["input_ids"][:1] if lead else []
        return [bos, *ids] if first == [bos] != ids[:1] else ids


@dataclass
class Rows:
    """A data set for the Trainer: rows in an order that is drawn anew for each epoch.

    The order depends on the seed and the epoch alone, so that a resumed run sees what is left.
    """

    rows: Sequence[Row]
    batch: int
    seed: int = 0
    epoch: int = 0

    def __post_init__(self) -> None:
        """Draw the first order."""
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Draw the order of an epoch: batches of like length, the batches in any order."""
        self.epoch = epoch
        chance = Random(f"{self.seed} {epoch}")
        drawn = chance.sample(range(len(self.rows)), len(self.rows))
        whole, rest = divmod(len(drawn), self.batch)
        last, drawn = drawn[:rest], drawn[rest:]
        size = self.batch * MEGABATCH
        ordered = [
            number
            for start in range(0, len(drawn), size)
            for number in sorted(drawn[start : start + size], key=self._measure)
        ]
        batches = [ordered[n * self.batch : (n + 1) * self.batch] for n in range(whole)]
        chance.shuffle(batches)
        self.order = [number for one in (*batches, last) for number in one]

    def _measure(self, number: int) -> int:
        return len(self.rows[number].tokens)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Row:
        return self.rows[self.order[place]]


def collate(rows: Sequence[Row], pad: int, keep: bool) -> Mapping[str, torch.Tensor | int]:
    """Pad rows on the left into int64 tensors (rows, longest).

    With `keep` the labels are cut to the columns that hold answers, and `logits_to_keep` tells
    the model to compute the scores of those alone. Positions count a row's own tokens.
    """
    import torch

    longest = max(len(row.tokens) for row in rows)
    ids = torch.full((len(rows), longest), pad)
    labels = torch.full((len(rows), longest), UNLEARNED)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for number, row in enumerate(rows):
        held = torch.tensor(row.tokens)
        ids[number, longest - len(held) :] = held
        mask[number, longest - len(held) :] = 1
        answer = len(held) - row.prompt
        labels[number, longest - answer :] = held[row.prompt :]
    batch: dict[str, torch.Tensor | int] = {
        "input_ids": ids,
        "attention_mask": mask,
        "position_ids": (mask.cumsum(1) - 1).clamp(min=0),
        "labels": labels,
    }
    if keep:  # the score before the first answer token is that token's own
        widest = 1 + max(len(row.tokens) - row.prompt for row in rows)
        batch |= {"labels": labels[:, -widest:], "logits_to_keep": widest}
    return batch
