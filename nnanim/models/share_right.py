"""How many labelled pictures a classifier reads right."""

from __future__ import annotations

from torch import Tensor, nn


class ShareRight(nn.Module):
    """A trained classifier that is asked for many labelled pictures at once, each in several versions."""

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        answers = self.classifier(pictures.flatten(0, 1)).argmax(
            dim=-1
        )  # (versions, n, …) -> (versions · n,)
        right = answers.reshape(len(pictures), -1) == labels  # (n,) -> (versions, n)
        return right.float().mean(dim=-1)  # (versions,), 0..1
