"""A CLIP model that finds the phrases nearest to a picture in a list of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.loops.hub import Preprocessor, array, digest, fingerprint, loaded
from nnanim.loops.loop import Embedding
from nnanim.loops.pictures import Picture

PHRASES = Path(__file__).with_name("phrases.txt")


class Ranker:
    """A CLIP model that finds the nearest phrase of each group of a list."""

    def __init__(self, name: str, device: torch.device, number: torch.dtype, phrases: Path = PHRASES) -> None:
        import transformers

        config = loaded(transformers.AutoConfig, name, "ranker")
        if config.model_type != "clip":
            raise UserError(f"the ranker {name} is a {config.model_type} model; a CLIP one wanted")
        self._model = loaded(transformers.CLIPModel, name, "ranker", dtype=number).to(device).eval()
        self._words = loaded(transformers.AutoTokenizer, name, "ranker")
        self._eye = Preprocessor(name, config.vision_config.image_size)
        self._device, self._number = device, number
        self._groups = phrase_groups(phrases)
        self.about = {"name": name, "files": fingerprint(name), "phrases": digest(phrases.read_bytes())}

    def phrases(self, picture: Picture) -> list[str]:
        """The nearest phrase of each group, in the order of the groups."""
        seen = torch.from_numpy(self.embed(picture))
        return [words[int((self._known[name] @ seen).argmax())] for name, words in self._groups.items()]

    @torch.no_grad()
    def embed(self, picture: Picture) -> Embedding:
        """CLIP's embedding of a picture, of length 1."""
        seen = self._eye(picture).to(self._device, self._number)
        inner = self._model.vision_model(pixel_values=seen).pooler_output
        return array(F.normalize(self._model.visual_projection(inner)[0].float(), dim=0))

    @cached_property
    def _known(self) -> dict[str, Tensor]:
        """The embeddings of all phrases, (phrases, width) for each group."""
        return {name: self._told(words) for name, words in self._groups.items()}

    @torch.no_grad()
    def _told(self, words: Sequence[str]) -> Tensor:
        given = self._words(list(words), padding=True, truncation=True, return_tensors="pt").to(self._device)
        inner = self._model.text_model(
            input_ids=given["input_ids"], attention_mask=given["attention_mask"]
        ).pooler_output
        return F.normalize(self._model.text_projection(inner).float(), dim=1).cpu()


def phrase_groups(path: Path) -> dict[str, list[str]]:
    """Groups of phrases from a text file: [name], then a phrase a line.

    Raises:
        UserError: it cannot be read, a phrase stands before the first group, a group is empty.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    found: dict[str, list[str]] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line.startswith("[") and line.endswith("]"):
            found[line[1:-1]] = []
        elif line and not line.startswith("#"):
            if not found:
                raise UserError(f"{path}, line {number}: a phrase stands before the first [group]")
            found[list(found)[-1]].append(line)
    empty = [name for name, words in found.items() if not words]
    if empty or not found:
        raise UserError(f"{path}: {f'the group [{empty[0]}] is empty' if empty else 'there is no [group]'}")
    return found
