"""The Trainer of transformers, set as a run wants it.

Its order of rows is ours (`Rows`), its checkpoints come with every look at the validation topics,
and it reports to no service. It knows no example and writes no adapter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from convert.training.rows import Row, Rows, collate
from convert.training.settings import Training
from convert.training.watch import Watch, make_watch


def make_arguments(checkpoints: Path, wanted: Training, precision: str) -> Any:
    """Return the TrainingArguments; nothing is reported to anyone and nothing is fetched."""
    import torch
    from transformers import TrainingArguments

    return TrainingArguments(
        output_dir=str(checkpoints),
        use_cpu=not torch.cuda.is_available(),
        bf16=precision == "bf16",
        num_train_epochs=wanted.epochs,
        max_steps=wanted.steps or -1,
        learning_rate=wanted.rate,
        lr_scheduler_type="cosine",
        warmup_steps=wanted.warmup,
        weight_decay=wanted.decay,
        per_device_train_batch_size=wanted.batch,
        per_device_eval_batch_size=wanted.batch,
        gradient_accumulation_steps=wanted.accumulate,
        activation_checkpointing=wanted.checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},
        train_sampling_strategy="sequential",  # Rows has the order
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=wanted.look,
        save_steps=wanted.look,
        save_total_limit=2,
        logging_steps=5,
        logging_first_step=True,
        load_best_model_at_end=True,
        metric_for_best_model="loss",
        prediction_loss_only=True,
        include_num_input_tokens_seen="non_padding",
        dataloader_pin_memory=torch.cuda.is_available(),
        remove_unused_columns=False,
        label_names=["labels"],
        seed=wanted.seed,
        report_to="none",
        disable_tqdm=True,
    )


def make_trainer(
    arguments: Any,
    model: Any,
    data: Rows,
    validation: Sequence[Row],
    pad: int,
    wanted: Training,
    watch: Watch,
) -> Any:
    """Return the Trainer, which ends early and goes back to its best look."""
    import inspect

    from transformers import EarlyStoppingCallback, PrinterCallback, Trainer

    keep = "logits_to_keep" in inspect.signature(model.get_base_model().forward).parameters
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=data,
        eval_dataset=validation,
        data_collator=partial(collate, pad=pad, keep=keep),
        callbacks=[
            make_watch(watch),
            EarlyStoppingCallback(early_stopping_patience=wanted.patience),
        ],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def count_tokens(data: Rows, wanted: Training, processes: int) -> int:
    """Return how many tokens the whole run reads, without padding."""
    left = wanted.steps * wanted.batch * wanted.accumulate * processes
    left = left or round(wanted.epochs * len(data))
    tokens, epoch = 0, 0
    while left > 0:
        data.set_epoch(epoch)
        read = data.order[:left]
        tokens += sum(len(data.rows[number].tokens) for number in read)
        left, epoch = left - len(read), epoch + 1
    data.set_epoch(0)
    return tokens
