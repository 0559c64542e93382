"""Tiny translation and speech models of random weights, as Hugging Face folders.

Made with transformers and saved as it saves them; nothing is fetched. The weights are drawn wide
enough that the next token is not a tie.
"""

import json

WORDS = (
    "Give artesunate 3 mg/kg to a child who weighs less than 20 kg .",
    "A respiratory rate of 50 or more means fast breathing .",
    "Do not give aspirin to a child with a viral fever .",
    "Donnez de l'eau propre et du sel à l'enfant .",
    "La fièvre dure depuis 3 jours .",
)


def widen(model, seed):
    """Draw the matrices again, wider than transformers does."""
    import torch

    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 2 and "embed_positions" not in name:
                weight.normal_(0, 1.2 / weight.shape[-1] ** 0.5)
        if model.config.model_type == "marian":  # as in every published one
            model.get_input_embeddings().weight[model.config.pad_token_id] = 0
    return model


def write_marian(folder, seed=3, steps=120):
    """A Marian model of hidden size 64 with SentencePiece vocabularies."""
    import sentencepiece
    from transformers import MarianConfig, MarianMTModel

    folder.mkdir(parents=True)
    text = folder / "text.txt"
    text.write_text("\n".join(WORDS * 40), "utf-8")
    for side in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(
            input=str(text), model_prefix=str(folder / side), vocab_size=120, minloglevel=2,
            hard_vocab_limit=False,
        )  # fmt: skip
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
        (folder / f"{side}.vocab").unlink()
    text.unlink()
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    names = [pieces.id_to_piece(row) for row in range(pieces.get_piece_size())]
    names = ["</s>", "<unk>", *(n for n in names if n not in ("<s>", "</s>", "<unk>")), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({n: i for i, n in enumerate(names)}), "utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "MarianTokenizer", "source_lang": "en", "target_lang": "fr"})
    )
    config = MarianConfig(
        vocab_size=len(names), d_model=64, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=128,
        decoder_ffn_dim=128, max_position_embeddings=128, pad_token_id=len(names) - 1,
        eos_token_id=0, bos_token_id=0, decoder_start_token_id=len(names) - 1,
        forced_eos_token_id=0, activation_function="swish", scale_embedding=True,
        static_position_embeddings=True,
    )  # fmt: skip
    model = widen(MarianMTModel(config), seed)
    learn(model, pieces, {name: row for row, name in enumerate(names)}, steps)
    model.save_pretrained(folder)
    return folder


def learn(model, pieces, rows, steps):
    """Teach it to say each line again: a model that has learnt nothing wavers at every token."""
    import torch

    lines = [[rows.get(p, 1) for p in pieces.encode(line, out_type=str)] + [0] for line in WORDS]
    width, pad = max(map(len, lines)), model.config.pad_token_id
    ids = torch.tensor([line + [pad] * (width - len(line)) for line in lines])
    labels = ids.masked_fill(ids == pad, -100)
    teacher = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(steps):
        teacher.zero_grad()
        model(input_ids=ids, attention_mask=(ids != pad).long(), labels=labels).loss.backward()
        teacher.step()
    model.eval()


def write_whisper(folder, seed=5):
    """A Whisper model of hidden size 64 with a vocabulary of bytes."""
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    folder.mkdir(parents=True)
    write_speech_tokenizer(folder)
    config = WhisperConfig(
        vocab_size=1800, d_model=64, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=128,
        decoder_ffn_dim=128, max_target_positions=64, decoder_start_token_id=257,
        eos_token_id=256, bos_token_id=256, pad_token_id=256, suppress_tokens=None,
        begin_suppress_tokens=None,
    )  # fmt: skip
    model = widen(WhisperForConditionalGeneration(config), seed)
    model.generation_config.suppress_tokens = [1, 2]
    model.generation_config.begin_suppress_tokens = [220, 256]
    model.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    return folder


def write_speech_tokenizer(folder):
    """Bytes, then Whisper's own markers; 1,501 times follow by number alone."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    names = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|fr|>", "<|translate|>"]
    names += ["<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    names += ["<|notimestamps|>"]
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in names])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": names[0]}),
        "utf-8",
    )
