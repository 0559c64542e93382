"""A stranger's chat template is run in a sandbox, and only if it is no more than a template."""

import json

import pytest

from convert.weights.chat_templates import check_chat_template, read_chat_template, render_published
from elara_local.engines.chat.templates import LONGEST_TEMPLATE
from elara_local.errors import WrongFile
from elara_local.ports import Message
from tests.tiny_tokenizers import CHATML

TURNS = "{% for m in messages %}[{{ m.role }}] {{ m['content'] | trim }}\n{% endfor %}"


@pytest.mark.parametrize(
    "template",
    [
        CHATML,
        TURNS,
        TURNS + "{% if add_generation_prompt %}[assistant]{% endif %}",
        "{{ bos_token }}{% set ns = namespace(last=0) %}" + TURNS,
        "{% for m in messages %}{% if loop.index0 % 2 == 9 %}{{ raise_exception('turns') }}"
        "{% endif %}{{ m.content }}{% endfor %}",
        "{% if messages | selectattr('role', 'equalto', 'tool') | list %}x{% endif %}" + TURNS,
    ],
)
def test_plain_templates_pass(template):
    check_chat_template(template)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ ''.__class__.__mro__ }}" + TURNS, "reaches for '__"),
        ("{{ messages.__init__ }}" + TURNS, "__init__"),
        ("{{ messages['__cl' ~ 'ass__'] }}" + TURNS, "two underscores"),
        ("{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}" + TURNS, "two underscores"),
        ("{{ messages | attr('po' ~ 'p') }}" + TURNS, "filter 'attr'"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}" + TURNS, "__"),
        ("{% if false %}{{ self._TemplateReference__context }}{% endif %}" + TURNS, "reaches for"),
        ("{% include 'other' %}" + TURNS, "loads another template"),
        ("{% import 'other' as other %}" + TURNS, "loads another template"),
        ("{% set x = 'a' * 10000000000 %}" + TURNS, "multiplies"),
        ("{% set x = 9 ** 9999999 %}" + TURNS, "multiplies"),
        ("{% for i in range(99999999) %}x{% endfor %}" + TURNS, "counts to"),
        ("{{ '{0}'.format(messages) }}" + TURNS, "formats"),
        ("{{ lipsum(99) }}" + TURNS, "filler"),
        ("{% for m in messages %}", "can't read it"),
        ("{{ messages.append(1) }}" + TURNS, "can't be run"),
        ("{{ raise_exception('never') }}", "never"),
        ("no message at all", "leaves a message out"),
        (TURNS + " " * LONGEST_TEMPLATE, "characters, more than 200,000"),
    ],
)
def test_what_is_more_than_a_template_is_refused(template, reason):
    with pytest.raises(WrongFile) as caught:
        check_chat_template(template)
    assert reason in caught.value.message


def test_where_a_template_is_looked_for(tmp_path):
    assert read_chat_template(tmp_path) == ""
    settings = tmp_path / "tokenizer_config.json"
    several = [{"name": "tool_use", "template": "x"}, {"name": "default", "template": TURNS}]
    settings.write_text(json.dumps({"chat_template": several}))
    assert read_chat_template(tmp_path) == TURNS
    (tmp_path / "chat_template.jinja").write_text(CHATML)
    assert read_chat_template(tmp_path) == CHATML
    (tmp_path / "chat_template.jinja").unlink()
    settings.write_text(json.dumps({"chat_template": [{"name": "rag", "template": "x"}]}))
    with pytest.raises(WrongFile, match="'default'"):
        read_chat_template(tmp_path)


def test_the_marks_of_training_are_replaced(tmp_path):
    marked = TURNS.replace(
        "{{ m['content'] | trim }}", "{%- generation -%} {{ m.content }} {%- endgeneration %}"
    )
    (tmp_path / "chat_template.jinja").write_text(marked)
    found = read_chat_template(tmp_path)
    assert "generation" not in found and "{%- if true -%}" in found
    assert (
        render_published(found, [Message("user", "x")], "", "") == "[user]x"
    )  # the line's end is trimmed


def test_a_template_without_a_system_turn_is_given_its_words_in_the_users():
    template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}" + TURNS
    )
    messages = [Message("system", "rules"), Message("user", "ask")]
    assert render_published(template, messages, "", "") == "[user] rules\n\nask\n"


def test_rendering_is_what_transformers_does(tmp_path):
    transformers = pytest.importorskip("transformers")
    from tests.tiny_tokenizers import PLAIN, train_bytes, write_folder

    template = (
        "{{ bos_token }}{%- for m in messages %}\n    {%- if m.role == 'user' %}\n"
        "        {{- '<u>' + m.content | tojson }}\n    {%- else %}\n{{ m.content | trim }} "
        "\n    {%- endif %}\n{%- endfor %}{{ eos_token if not add_generation_prompt }}"
    )
    folder = write_folder(tmp_path, train_bytes(PLAIN), template, bos_token="<|endoftext|>")
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
    messages = [Message("user", 'ça "va"?'), Message("assistant", " so  \n"), Message("user", "é")]
    dicts = [{"role": m.role, "content": m.content} for m in messages]
    for ask in (True, False):
        wanted = tokenizer.apply_chat_template(dicts, tokenize=False, add_generation_prompt=ask)
        got = render_published(template, messages, "<|endoftext|>", "<|im_end|>", ask)
        assert got == wanted
