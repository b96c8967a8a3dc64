"""Words in every language: sentences stand where they are said; the field's terms stand here, once.

``Words`` is a plain string, or one string for each language::

    {"en": "Two numbers go in.", "ja": "二つの数が入ります。"}

A language that nnanim does not speak comes from outside: ``learn("fr", {"Two numbers go in.": "…"})``
is asked by the English text.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from nnanim import numerals
from nnanim.errors import UserError, nearest

Words = str | Mapping[str, str]

LANGUAGES = ("en", "ja")

_learnt: dict[str, dict[str, str]] = {}

_GLOSSARY: dict[str, tuple[str, str]] = {
    "accuracy": ("accuracy", "正解率"),
    "activation": ("activation", "活性値"),
    "activation_function": ("activation function", "活性化関数"),
    "answer": ("answer", "答え"),
    "attention": ("attention", "アテンション"),
    "bias": ("bias", "バイアス"),
    "computed": ("computed with torch", "torch で計算"),
    "decoder": ("decoder", "デコーダー"),
    "diffusion": ("diffusion model", "拡散モデル"),
    "embedding": ("embedding", "埋め込み"),
    "encoder": ("encoder", "エンコーダー"),
    "epoch": ("epoch", "エポック"),
    "gradient": ("gradient", "勾配"),
    "guidance_scale": ("guidance scale", "ガイダンススケール"),
    "head": ("head", "ヘッド"),
    "hidden_layer": ("hidden layer", "隠れ層"),
    "input_layer": ("input layer", "入力層"),
    "key": ("key", "キー"),
    "latent": ("latent", "潜在変数"),
    "learning_rate": ("learning rate", "学習率"),
    "logits": ("logits", "ロジット"),
    "loss": ("loss", "損失"),
    "model": ("model", "モデル"),
    "negative": ("negative", "負"),
    "neuron": ("neuron", "ニューロン"),
    "next_word": ("next word", "次の単語"),
    "noise": ("noise", "ノイズ"),
    "noise_schedule": ("noise schedule", "ノイズスケジュール"),
    "output_layer": ("output layer", "出力層"),
    "parameters": ("parameters", "パラメーター"),
    "perceptron": ("perceptron", "パーセプトロン"),
    "pixel": ("pixel", "画素値"),
    "positive": ("positive", "正"),
    "probability": ("probability", "確率"),
    "rest": ("rest", "残り"),
    "query": ("query", "クエリ"),
    "schematic": ("schematic", "模式図"),
    "score": ("score", "スコア"),
    "seed": ("seed", "シード"),
    "sigmoid": ("sigmoid", "シグモイド"),
    "signal": ("signal", "信号"),
    "softmax": ("softmax", "ソフトマックス"),
    "step": ("step", "ステップ"),
    "temperature": ("temperature", "温度"),
    "timestep": ("timestep", "時刻"),
    "token": ("token", "トークン"),
    "training": ("training", "学習"),
    "true_label": ("true label", "正解"),
    "value": ("value", "値"),
    "vector": ("vector", "ベクトル"),
    "weight": ("weight", "重み"),
}


def term(name: str) -> dict[str, str]:
    """A term of the glossary, such as ``hidden_layer``, in every language that nnanim speaks.

    Raises:
        UserError: the glossary has no such term.
    """
    if name not in _GLOSSARY:
        raise UserError(f"the glossary has no term {name!r}{nearest(name, _GLOSSARY)}")
    return dict(zip(LANGUAGES, _GLOSSARY[name], strict=True))


def __getattr__(name: str) -> dict[str, str]:
    """``words.hidden_layer`` is ``words.term("hidden_layer")``."""
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return term(name)
    except UserError as error:
        raise AttributeError(str(error)) from None


def terms() -> list[str]:
    """The names of all terms of the glossary."""
    return list(_GLOSSARY)


class _Sentence(Formatter):
    """Fills a template; its numbers are written as all numbers are."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value under its format specification."""
        return numerals.field(value, format_spec)


_sentence = _Sentence()


class FilledWords(dict[str, str]):
    """Words with their numbers filled in, which still know the sentence they were made from."""

    def __init__(self, template: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """Fill ``values`` into every language of ``template`` by :meth:`str.format`."""
        super().__init__(
            {
                lang: _sentence.vformat(
                    text, (), {name: say(v, lang) if _is_words(v) else v for name, v in values.items()}
                )
                for lang, text in template.items()
            }
        )
        self.template = dict(template)
        self.values_filled = dict(values)


def fill(template: Mapping[str, str], **values: Any) -> FilledWords:
    """Sentences with numbers: ``fill({"en": "p = {p:.2f}", "ja": "p は {p:.2f}"}, p=0.971)``.

    A value may itself be words; each language then takes its own.
    """
    return FilledWords(template, values)


def learn(lang: str, dictionary: Mapping[str, str]) -> None:
    """Teach nnanim a language: what it says for each English text, templates of ``fill`` included."""
    _learnt.setdefault(lang, {}).update(dictionary)


def say(words: Words | None, lang: str) -> str:
    """The text of ``words`` in ``lang``: its own, else from what was learnt, else English."""
    if words is None:
        return ""
    if isinstance(words, str):
        return _learnt.get(lang, {}).get(words, words)
    if lang in words:
        return words[lang]
    learnt = _learnt.get(lang, {})
    if isinstance(words, FilledWords) and (text := learnt.get(words.template.get("en", ""))) is not None:
        values = {n: say(v, lang) if _is_words(v) else v for n, v in words.values_filled.items()}
        return _sentence.vformat(text, (), values)
    english = words.get("en") or next(iter(words.values()), "")
    return learnt.get(english, english)


def is_translated(words: Words | None, lang: str) -> bool:
    """Whether ``words`` have a text in ``lang``; a plain string is of no language, and serves for all."""
    if words is None or isinstance(words, str) or words.get(lang):
        return True
    learnt = _learnt.get(lang, {})
    return words.get("en", "") in learnt or (
        isinstance(words, FilledWords) and words.template.get("en", "") in learnt
    )


def available_languages() -> list[str]:
    """The languages that can be asked for: English, Japanese and those learnt."""
    return [*LANGUAGES, *(lang for lang in _learnt if lang not in LANGUAGES)]


def check_language(lang: str) -> str:
    """``lang`` itself.

    Raises:
        UserError: nnanim does not speak it.
    """
    if lang not in available_languages():
        near = nearest(lang, available_languages())
        raise UserError(f"language {lang!r} is not known{near}; teach it with nnanim.words.learn()")
    return lang


def _is_words(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values())
