"""A tiny llama of random weights as a GGUF file, for the tests of quantizing.

Its hidden size is 256, so that every k-quant applies. The weights come from NumPy; nothing
is fetched. It is written with the gguf package alone, so that a fault of `convert.weights`
can't hide behind it.
"""

import gguf
import numpy as np

LAYERS, HEADS, WORDS = 2, 4, 512
MARKERS = ("<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_weights(hidden=256, seed=7, layers=LAYERS):
    """The tensors of the model by their GGUF names, float32, rows first."""
    random = np.random.default_rng(seed)
    wide = 2 * hidden

    def draw(*shape):
        return (random.standard_normal(shape) * 0.8 / np.sqrt(shape[-1])).astype(np.float32)

    found = {"token_embd.weight": draw(WORDS, hidden) * 8, "output.weight": draw(WORDS, hidden)}
    found["output_norm.weight"] = np.ones(hidden, np.float32)
    for number in range(layers):
        for name, shape in {
            "attn_q": (hidden, hidden),
            "attn_k": (hidden, hidden),
            "attn_v": (hidden, hidden),
            "attn_output": (hidden, hidden),
            "ffn_gate": (wide, hidden),
            "ffn_up": (wide, hidden),
            "ffn_down": (hidden, wide),
        }.items():
            found[f"blk.{number}.{name}.weight"] = draw(*shape)
        for name in ("attn_norm", "ffn_norm"):
            found[f"blk.{number}.{name}.weight"] = np.ones(hidden, np.float32)
    return found


def write_tiny(
    path, weights=None, hidden=256, kind=gguf.GGMLQuantizationType.F16, template=TEMPLATE
):
    """Write the model; matrices in `kind`, norms in float32; no chat template where it is ""."""
    weights = make_weights(hidden) if weights is None else weights
    layers = 1 + max(int(n.split(".")[1]) for n in weights if n.startswith("blk."))
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(512)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * hidden)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(hidden // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(WORDS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    tokens = name_tokens()
    writer.add_token_list(tokens)
    writer.add_token_types([3 if name in (tokens[0], *MARKERS) else 1 for name in tokens])
    writer.add_token_merges(["Ġ f"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(tokens.index(MARKERS[1]))
    writer.add_add_bos_token(False)
    if template:
        writer.add_chat_template(template)
    for name, array in weights.items():
        exact = array.ndim == 1 or kind == gguf.GGMLQuantizationType.F32
        data = array if exact else gguf.quants.quantize(array, kind)
        writer.add_tensor(name, data, raw_dtype=None if exact else kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def name_tokens():
    """Row 0 ends a text; rows 1 to 256 are the bytes as GPT-2 writes them; the rest no text has."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    shown, extra = {byte: chr(byte) for byte in plain}, 256
    for byte in range(256):
        if byte not in shown:
            shown[byte] = chr(extra)
            extra += 1
    known = ["<|end|>", *(shown[byte] for byte in range(256)), "Ġf", *MARKERS]
    return known + [f"<unused{row}>" for row in range(WORDS - len(known))]


def read_scores(path, texts):
    """The next token's scores after each text, float32 (texts, words), in float32 memory."""
    import llama_cpp

    model = llama_cpp.Llama(str(path), n_ctx=256, verbose=False, n_threads=1, type_k=0, type_v=0)
    rows = []
    for text in texts:
        model.reset()
        model.eval(model.tokenize(text.encode(), add_bos=False))
        pointer = llama_cpp.llama_get_logits_ith(model._ctx.ctx, -1)
        rows.append(np.ctypeslib.as_array(pointer, shape=(model.n_vocab(),)).copy())
    model.close()
    return np.array(rows)
