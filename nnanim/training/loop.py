"""One training loop for all models: resumable, and the same curve whether it was interrupted or not.

Every step draws its batch and its noise from a generator seeded by (seed, step), so nothing but the
checkpoint is needed to go on. Checkpoints lie in .checkpoints/ of the working folder; a finished training
leaves one too, and running it again only measures and writes the card.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.files import atomic

FOLDER = Path(".checkpoints")


@dataclass
class TrainingRun:
    """How a training goes: ``loss(step, rng)`` gives the loss of one fresh batch.

    The rate warms up, stays, and falls to 0 over the last part. ``betas`` are Adam's shares of past slopes
    and of past squared slopes. ``average`` is the decay of the averaged
    weights (0: none), which are those that are kept in the end. ``changes`` are made to the model and its
    average at some steps, again after an interruption; they must bear being repeated. ``inputs`` are the
    fingerprints of the models that the loss looks at: a checkpoint made with others is refused. After ``run``
    the curve holds (step, loss) pairs, and ``snapshots`` what ``take_snapshot`` made of the model (averaged,
    if there is an average) after each of ``snapshot_steps`` steps; they are part of the checkpoint.
    """

    name: str
    model: nn.Module
    loss: Callable[[int, np.random.Generator], Tensor]
    steps: int
    rate: float
    seed: int = 0
    warm_up: int = 100
    falling: float = 0.3
    decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.99)
    average: float = 0.0
    every: int = 100
    folder: Path = FOLDER
    changes: dict[int, Callable[[nn.Module, nn.Module], None]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    snapshot_steps: tuple[int, ...] = ()
    take_snapshot: Callable[[nn.Module], dict[str, Tensor]] | None = None
    snapshots: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    curve: list[tuple[int, float]] = field(default_factory=list)
    minutes: float = 0.0

    def run(self) -> nn.Module:
        """Train from the last checkpoint, or from the start.

        The process computes on one thread from then on, so that a training and what is measured after it are
        the same everywhere. Returns the trained (averaged) model in eval mode.
        """
        torch.set_num_threads(1)
        optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=self.rate, weight_decay=self.decay, betas=self.betas
        )
        averaged = copy.deepcopy(self.model).requires_grad_(False)
        start = self._resume(optimizer, averaged)
        self.model.train()
        clock = time.process_time()
        for step in range(start, self.steps):
            for change in [change for at, change in self.changes.items() if at == step or at < step == start]:
                change(self.model, averaged)
            self._snap(step, averaged)
            loss = self._step(step, optimizer, averaged).detach()
            if step % 20 == 0:
                self.curve.append((step, float(loss)))
            if (step + 1) % self.every == 0 or step + 1 == self.steps:
                self.minutes += (time.process_time() - clock) / 60
                clock = time.process_time()
                if step + 1 == self.steps:
                    self._snap(self.steps, averaged)
                self._save(step + 1, optimizer, averaged)
                recent = np.mean([value for _, value in self.curve[-5:]])
                print(
                    f"{self.name} {step + 1}/{self.steps} loss {recent:.4f} {self.minutes:.1f} CPU min",
                    flush=True,
                )
        return (averaged if self.average else self.model).eval()

    @torch.no_grad()
    def _snap(self, step: int, averaged: nn.Module) -> None:
        if self.take_snapshot is not None and step in self.snapshot_steps:
            model = averaged if self.average else self.model
            self.snapshots[step] = self.take_snapshot(model.eval())
            self.model.train()

    def _step(self, step: int, optimizer: torch.optim.Optimizer, averaged: nn.Module) -> Tensor:
        torch.manual_seed(self.seed * 1_000_003 + step)
        for group in optimizer.param_groups:
            group["lr"] = self.rate * self._factor(step)
        loss = self.loss(step, np.random.default_rng([self.seed, step]))
        if not torch.isfinite(loss):
            raise UserError(f"training {self.name} went wrong at step {step}: the loss is {float(loss)}")
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        optimizer.step()
        if self.average:
            keep = min(self.average, (step + 1) / (step + 10))
            with torch.no_grad():
                for mean, now in zip(
                    averaged.state_dict().values(), self.model.state_dict().values(), strict=True
                ):
                    if mean.is_floating_point():
                        mean.lerp_(now, 1 - keep)
        return loss

    def _factor(self, step: int) -> float:
        fall = self.steps * self.falling
        return min(1.0, (step + 1) / self.warm_up, (self.steps - step) / max(fall, 1))

    @property
    def checkpoint(self) -> Path:
        """Where the checkpoint lies."""
        return self.folder / f"{self.name}.pt"

    def _save(self, step: int, optimizer: torch.optim.Optimizer, averaged: nn.Module) -> None:
        state = {
            "step": step, "steps": self.steps, "seed": self.seed, "inputs": self.inputs,
            "curve": self.curve, "minutes": self.minutes, "snapshots": self.snapshots,
            "model": self.model.state_dict(), "averaged": averaged.state_dict(),
            "optimizer": optimizer.state_dict(),
        }  # fmt: skip
        with atomic(self.checkpoint) as temporary:
            torch.save(state, temporary)
        (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")

    def _resume(self, optimizer: torch.optim.Optimizer, averaged: nn.Module) -> int:
        if not self.checkpoint.exists():
            return 0
        try:
            state = torch.load(self.checkpoint, weights_only=True)
            self.model.load_state_dict(state["model"])
            averaged.load_state_dict(state["averaged"])
            optimizer.load_state_dict(state["optimizer"])
            self.curve, self.minutes = list(map(tuple, state["curve"])), float(state["minutes"])
            self.snapshots = state.get("snapshots", {})
        except Exception as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"cannot go on from {self.checkpoint}: {reason}; remove it to begin anew"
            ) from error
        if other := self._differences(state):
            raise UserError(f"{self.checkpoint} was made with {other}; remove it to begin anew")
        return int(state["step"])

    def _differences(self, state: dict[str, Any]) -> str:
        """What makes the curve of a checkpoint another than this one."""
        found = []
        if state["seed"] != self.seed:
            found.append(f"seed {state['seed']}, not {self.seed}")
        if state["steps"] != self.steps:
            found.append(f"{state['steps']} steps in mind, not {self.steps}")
        for name, fingerprint in self.inputs.items():
            if state["inputs"].get(name) != fingerprint:
                found.append(f"another {name}")
        return " and ".join(found)
