"""Taking diffusers' pipelines step by step, and asking their network by itself."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from nnanim.text_to_image.hf.scheduler import alpha_bars, noise_from_output


def iterate(run: Callable[[Callable[[Any], None]], object]) -> Iterator[Any]:
    """The values that ``run(give)`` hands to ``give``, one after the other.

    diffusers calls back instead of yielding. So it runs in a thread of its own and stands still while nobody
    asks for the next value: the two never work at once. When the iterator is closed, ``give`` does not come
    back and the run unwinds. What it raises is raised here.
    """
    values: queue.Queue[tuple[bool, Any]] = queue.Queue()
    wanted, closed = threading.Semaphore(0), threading.Event()

    def give(value: Any) -> None:
        values.put((True, value))
        wait()

    def wait() -> None:
        wanted.acquire()
        if closed.is_set():
            raise _Closed

    def work() -> None:
        try:
            wait()
            run(give)
            values.put((False, None))
        except BaseException as error:
            values.put((False, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            wanted.release()
            more, value = values.get()
            if not more:
                break
            yield value
        if value is not None:
            raise value
    finally:
        closed.set()
        wanted.release()
        thread.join()


class _Closed(Exception):
    """Nobody asks for more."""


@contextmanager
def replace_forward(unet: Any, answer: Callable[..., Any]) -> Iterator[None]:
    """While it lasts, ``answer(forward, sample, time, **options)`` answers in a U-Net's place."""
    forward = unet.forward

    def replacement(sample: Tensor, time: Any, *args: Any, **options: Any) -> Any:
        return answer(forward, sample, time, *args, **options)

    unet.forward = replacement
    try:
        yield
    finally:
        del unet.forward


def skip_calls(calls: int) -> Callable[..., Any]:
    """An answer that gives zeros in no time for the first calls, and then lets the network speak."""
    count = 0

    def answer(forward: Any, sample: Tensor, *args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        return (torch.zeros_like(sample),) if count <= calls else forward(sample, *args, **options)

    return answer


@torch.no_grad()
def predict(pipe: Any, arguments: dict[str, Any], noisy: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """The network's estimates of x_0 and of the noise, each (times, channel, row, column).

    Args:
        pipe: a diffusers pipeline.
        arguments: of a call of it, of one step without guidance: they condition the network.
        noisy: (times, channel, row, column), of the variance-preserving kind.
        times: 0..1.
    """
    conditioning: dict[str, Any] = {}

    def listen(forward: Any, sample: Tensor, time: Any, *args: Any, **options: Any) -> Any:
        conditioning.update(options)
        return (torch.zeros_like(sample),)

    with replace_forward(pipe.unet, listen):
        pipe(**arguments, output_type="latent")
    kind, estimates = pipe.scheduler.config.get("prediction_type", "epsilon"), []
    last = pipe.scheduler.config.num_train_timesteps
    for one, time, alpha_bar in zip(noisy, times, alpha_bars(pipe.scheduler, times).tolist(), strict=True):
        sample = one[None].to(pipe.unet.device, pipe.unet.dtype)
        at = torch.tensor(max(0, round(float(time) * last) - 1), device=sample.device)
        output = pipe.unet(sample, at, **conditioning)[0].float().cpu()
        noise = noise_from_output(output, one[None], alpha_bar, kind)
        estimates.append(((one[None] - (1 - alpha_bar) ** 0.5 * noise) / max(alpha_bar, 1e-12) ** 0.5, noise))
    predicted, noises = (torch.cat(values) for values in zip(*estimates, strict=True))
    return predicted, noises
