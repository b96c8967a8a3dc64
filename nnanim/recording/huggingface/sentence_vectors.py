"""Sentences as vectors of a BERT-type model of Hugging Face: `SentenceModel.load(folder)`, then ``record``.

After N. Reimers and I. Gurevych, "Sentence-BERT" (2019), section 3: the states of all tokens are averaged, or
that of [CLS] is taken, and the vector is made one long.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.files import check_model_folder
from nnanim.recording.huggingface import loading
from nnanim.recording.huggingface.reader import context_length, token_ids_of
from nnanim.recording.run import record
from nnanim.scene.reads import warn_unseen
from nnanim.schema import read_json
from nnanim.trace import Trace

PARTS = ("Transformer", "Pooling", "Normalize")
"""Parts of a folder of sentence-transformers that are read."""

BATCH = 32
"""Number of sentences that are read at once."""


class Part(msgspec.Struct):
    """One line of a modules.json: a part of the model and its folder."""

    type: str
    path: str = ""


class Pooling(msgspec.Struct):
    """How the states of a sentence's tokens become one vector; their mean where nothing is said."""

    pooling_mode_cls_token: bool = False
    pooling_mode_max_tokens: bool = False
    pooling_mode_mean_sqrt_len_tokens: bool = False
    pooling_mode_weightedmean_tokens: bool = False
    pooling_mode_lasttoken: bool = False
    pooling_mode: str = ""

    @property
    def way(self) -> str:
        """``mean``, ``cls``, or the name of another way."""
        ways = {
            "cls": self.pooling_mode_cls_token, "max": self.pooling_mode_max_tokens,
            "mean_sqrt_len": self.pooling_mode_mean_sqrt_len_tokens,
            "weightedmean": self.pooling_mode_weightedmean_tokens, "lasttoken": self.pooling_mode_lasttoken,
        }  # fmt: skip
        return self.pooling_mode or next((name for name, there in ways.items() if there), "mean")


class Prompts(msgspec.Struct):
    """What is written in front of a question and of a fact, by a config_sentence_transformers.json."""

    prompts: dict[str, str] | None = None

    def of(self, *names: str) -> str:
        """The first of these that the folder names, else nothing."""
        return next((self.prompts[name] for name in names if self.prompts and name in self.prompts), "")


class SentenceModel(nn.Module):
    """Token numbers (batch, length) and which of them are there to vectors of length 1 (batch, width).

    Attributes:
        asks, tells: what is written in front of a question and of a fact.
    """

    def __init__(self, model: nn.Module, tokenizer: Any, name: str, way: str, prompts: Prompts) -> None:
        super().__init__()
        self.model, self.tokenizer, self.name, self.way = model, tokenizer, name, way
        self.asks, self.tells = prompts.of("query"), prompts.of("document", "passage")

    def forward(self, ids: Tensor, present: Tensor) -> Tensor:
        """Vectors (batch, width)."""
        states = self.model(input_ids=ids, attention_mask=present)[0]  # (batch, length, width)
        if self.way == "cls":
            return F.normalize(states[:, 0], dim=1)
        there = present[..., None].to(states.dtype)
        return F.normalize((states * there).sum(1) / there.sum(1), dim=1)

    @classmethod
    def load(cls, folder: str) -> SentenceModel:
        """The encoder in a folder, in eval mode. Nothing is downloaded, and no code of the folder is run.

        Args:
            folder: of sentence-transformers, or where ``save_pretrained`` has written a model.

        Raises:
            UserError: transformers is not installed, the folder holds no such model, the model does not read
                both ways, or makes a vector of its states in another way than by the mean or [CLS].
        """
        transformers = loading.library()
        path = loading.model_path(folder)
        check_model_folder(path)
        way, prompts = _pooling(path), _read(path / "config_sentence_transformers.json", Prompts)
        with loading._quiet(transformers):
            config = loading._load_part(transformers.AutoConfig, path, "model")
            if type(config) not in transformers.AutoModelForMaskedLM._model_mapping:
                raise UserError(
                    f"the folder '{path}' holds a {config.model_type} model; sentences are searched with one "
                    "that reads both ways, such as BERT"
                )
            tokenizer = loading._load_part(transformers.AutoTokenizer, path, "tokenizer", config=config)
            model, info = loading._load_part(
                transformers.AutoModel, path, "weights", config=config, dtype=torch.float32,
                attn_implementation="eager", output_loading_info=True,
            )  # fmt: skip
        if lacking := sorted(name for name in info["missing_keys"] if "pooler" not in name):
            raise UserError(
                f"the folder '{path}' lacks {len(lacking)} of the model's weights, such as {lacking[0]!r}"
            )
        return cls(model, tokenizer, path.resolve().name, way, prompts).eval()

    @torch.no_grad()
    def embed(self, texts: Sequence[str], questions: bool = False) -> Tensor:
        """The vectors (texts, width) of some facts, or of some questions.

        Raises:
            UserError: as `read` does.
        """
        rows = [self.read((self.asks if questions else self.tells) + text) for text in texts]
        parts = [self(*self.pad(rows[at : at + BATCH])) for at in range(0, len(rows), BATCH)]
        return torch.cat(parts)

    def read(self, text: str) -> list[int]:
        """The token numbers of a sentence.

        Raises:
            UserError: it is empty, longer than what the model reads, or holds no word that the model knows.
        """
        ids, special = token_ids_of(self.tokenizer, text), set(self.tokenizer.all_special_ids)
        if len(ids) > (most := context_length(self.model, self.tokenizer)):
            raise UserError(f"the sentence has {len(ids)} tokens; {self.name} reads at most {most}")
        if all(one in special for one in ids):
            raise UserError(
                f"{self.name} knows no word of {text[:40]!r}: to it, all is {self.tokenizer.unk_token}"
            )
        return ids

    def pad(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Sentences as (sentences, tokens of the longest), and 1 where a token is there."""
        longest, filler = max(map(len, rows)), self.tokenizer.pad_token_id or 0
        ids = torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows])
        return ids, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])

    def record(self, question: str, facts: Sequence[str]) -> Trace:
        """One run on a question and some facts: its output is their vectors (1 + facts, width)."""
        warn_unseen("a folder of transformers")
        rows = [self.read(self.asks + question), *(self.read(self.tells + fact) for fact in facts)]
        with torch.no_grad():
            return record(self, *self.pad(rows), name=self.name, only="output")


def _pooling(path: Path) -> str:
    """How the folder says that vectors are made: ``mean`` or ``cls``.

    Raises:
        UserError: in another way, or by a part that is not known.
    """
    file = path / "modules.json"
    if not file.exists():
        return "mean"
    way = "mean"
    for part in read_json(file, list[Part]):
        kind = part.type.rpartition(".")[2]
        if kind not in PARTS:
            raise UserError(f"{file}: the part {kind!r} is not known; there is {', '.join(PARTS)}")
        if kind == "Pooling":
            way = _read(path / Path(part.path).name / "config.json", Pooling).way
    if way not in ("mean", "cls"):
        raise UserError(f"{file}: vectors are made by {way!r}; mean and cls are known")
    return way


def _read(file: Path, kind: type[Any]) -> Any:
    """What stands in a file, or what holds where there is none."""
    return read_json(file, kind) if file.exists() else kind()
