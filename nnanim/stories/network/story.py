"""The film of any recorded network: all of it, or what matters of it in a minute."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from nnanim.beats import Beat
from nnanim.errors import UserError, nearest, quote
from nnanim.layout import fits_sentence
from nnanim.stories.network.answer import read_truth
from nnanim.stories.network.boxes import FORMATS, find_boxes
from nnanim.stories.network.connect import connect
from nnanim.stories.network.full_names import full_names, with_full_names
from nnanim.stories.network.narration import Narration
from nnanim.stories.network.net import NetworkView, Teller, samples_axis
from nnanim.stories.network.own_tellers import ClassTeller
from nnanim.stories.network.pixels import check_normalisation
from nnanim.stories.network.plainer import shrink
from nnanim.stories.network.short import FEW_STEPS, MINUTE, ShortFilm
from nnanim.stories.network.tellers import TELLERS
from nnanim.structure.arithmetic import active_dropouts
from nnanim.structure.known import find_known, fold_known
from nnanim.structure.layers import find_layers as find_layers
from nnanim.structure.titles import lone_modules
from nnanim.trace import Graph, Trace
from nnanim.trace.graph import LEAVING
from nnanim.words import Words


def network(
    trace: Trace,
    *,
    layers: str | Sequence[str] | None = None,
    max_units: int = 8,
    detail: str = "",
    depth: int | None = None,
    seconds: float | None = None,
    motion_seconds: float = 2.4,
    sample: int = 0,
    also: Sequence[int] = (),
    backward: bool = False,
    shape: tuple[int, int] | None = None,
    classes: Sequence[Words] = (),
    truth: Sequence[Any] = (),
    tokens: Sequence[str] = (),
    titles: Mapping[str, Words] | None = None,
    question: Words = "",
    attention: int | None = None,
    head: int | str | None = None,
    tellers: Sequence[Teller] = TELLERS,
    closed: Sequence[str] = (),
    mean: Sequence[float] = (),
    std: Sequence[float] = (),
    loss: str = "",
    boxes: str = "",
) -> Iterator[Beat]:
    """Tell how a network turns its input into its output, whatever network it is.

    Args:
        trace: of any model, as ``record`` gives it.
        layers: names or patterns ("blocks.0.*") of the layers that are shown in detail; overviews show all.
        max_units: maximum number of neurons of a layer that are drawn.
        detail: "full" tells every layer, "blocks" each part of the network as one block, "summary" what
            matters: what goes in, the whole as a chart, the first layer with weights that sees the input, the
            block that changes its value most, one attention head, the last layer with weights, the answer.
            By default a network of more than ten steps is told as a summary, any other one in full; with
            ``layers=``, in full.
        depth: how deep modules are opened: 1 shows the modules of the model itself as single steps.
        seconds: of the whole film at normal pace, in which what is left out is what matters least; 60 by
            default for a summary.
        motion_seconds: of the motion that tells one layer.
        sample: index of the sample that is shown.
        also: indices of other samples, shown quickly.
        backward: whether the gradients run back in the end (the trace was recorded with ``gradients=``).
        shape: (rows, columns) of the picture that the input vector is.
        classes: names of the last layer's units; of a model of language, all tokens that may follow.
        truth: (samples,) index of each sample's true class; of a network that gives numbers, (samples,) or
            (samples, values) those that are true.
        tokens: the pieces of the sample's sentence.
        titles: names of layers and parts, instead of their own.
        question: what the first sentence asks, instead of what will come out.
        attention: which attention of the run a summary shows, from 0.
        head: which of its heads: a number from 0, or what it does ("previous", "first", "same word",
            "itself", "next"); by default the one that looks hardest at one other token.
        tellers: your own, which are asked before nnanim's; the first that does not return None tells a layer.
            Make one with `teller`; any function that takes a `NetworkView` and a list of layers is one, too.
        closed: classes of modules that are one layer, whatever runs inside them.
        mean: of each channel (or one for all) of the pictures that go in, by which they were normalised:
            they are shown as they were before. ImageNet's and CLIP's numbers are recognised without it.
        std: the standard deviations by which they were divided.
        loss: "cross entropy" if the model ends in logits of classes: their softmax is the answer.
        boxes: what the four numbers of each box are that a detector gives, drawn on the picture that goes in:
            "xyxy" (two corners), "xywh" (a corner and both sides) or "cxcywh" (the middle and both sides);
            shares of the picture's sides, or pixels.

    Raises:
        UserError: nothing was recorded; no such layer, module, sample, attention, head or detail; no
            gradients; a time in which it cannot be told.
    """
    _check_choices(detail, depth, seconds)
    check_normalisation(mean, std)
    if loss not in ("", CROSS_ENTROPY):
        raise UserError(f"loss={loss!r}; {CROSS_ENTROPY!r} wanted{nearest(loss, [CROSS_ENTROPY])}")
    if boxes not in ("", *FORMATS):
        raise UserError(f"boxes={boxes!r}; 'xyxy', 'xywh' or 'cxcywh' wanted{nearest(boxes, FORMATS)}")
    kinds = [closed] if isinstance(closed, str) else closed
    kinds = [*kinds, *(one.kind for one in tellers if isinstance(one, ClassTeller))]
    names = [node.name for node in trace.graph if node.role == "module" and node.kind in kinds]
    if missing := [kind for kind in kinds if not any(node.kind == kind for node in trace.graph)]:
        raise UserError(f"no module is a {missing[0]!r}{nearest(missing[0], {n.kind for n in trace.graph})}")
    folded = _fold(trace, names, depth) if names or depth is not None else None
    found = find_layers(folded, active_dropouts(trace), samples_axis(trace)) if folded is not None else None
    net = NetworkView(
        trace,
        sample,
        max_units,
        titles or {},
        shape,
        tuple(classes),
        tuple(tokens),
        motion_seconds,
        known=found,
        mean=tuple(mean),
        std=tuple(std),
        loss=loss,
        boxes=boxes,
    )
    _check_connected(trace.graph)
    if any(trace.axes(name)[:1] == ("step",) for name in ("output", "input") if name in trace):
        raise UserError(
            "this trace is of a training, with a value at each step; "
            "perceptron(trace, subject, training=…) shows it, or record one run and show that"
        )
    if len(net.layers) < 2:
        raise UserError("the trace has no graph of layers; record the model with nnanim.record()")
    net.batch  # noqa: B018 - a sample that is not there is the first thing to say
    known = read_truth(net, truth)
    if boxes:
        find_boxes(net)
    asked = tuple(dict.fromkeys((*tellers, *TELLERS)))
    film = Narration(net, _choose(net, layers), detail or "full", known, asked)
    if detail == "summary" or (not detail and layers is None and (seconds or _is_large(net))):
        choice = ShortFilm(seconds or MINUTE, question, attention, head, tuple(also), backward)
        beats = choice.tell(film, whole=detail != "summary" and not _is_large(net))
    else:
        beats = film.beats(also, backward, question)
    homes, seen = lone_modules(trace.graph, net.layers), dict[str, int]()
    spoken = full_names(trace.graph)
    for beat in connect(map(shrink, beats)):
        name = re.sub(r"[^\w.]+", "-", _shorten_id(beat.id, homes)).strip("-") or "beat"
        seen[name] = seen.get(name, 0) + 1
        full = with_full_names(beat.says, spoken)
        said = full if full is not beat.says and fits_sentence(full) else beat.says
        yield replace(beat, says=said, id=name if seen[name] == 1 else f"{name}-{seen[name]}")


def _fold(trace: Trace, names: Sequence[str], depth: int | None) -> Graph:
    """The run with modules closed; where a known thing lies in none of them, it is one call."""
    closed = trace.graph.fold(names, depth)
    things = [one for one in find_known(trace).values() if all(name in closed for name in one.nodes)]
    return fold_known(closed, things)


def _shorten_id(name: str, homes: Mapping[str, str]) -> str:
    """The name of a beat by the module that holds only its layer: "mlp.act-op" for "mlp.act.mul#2-op"."""
    found = [one for one in homes if name.startswith(f"{one}-")]
    longest = max(found, key=len, default="")
    return name.replace(longest, homes[longest], 1) if longest else name


CROSS_ENTROPY = "cross entropy"
"""The loss of a model that ends in logits of classes."""

DETAILS = ("full", "blocks", "summary")
"""How much is told."""


def _check_choices(detail: str, depth: int | None, seconds: float | None) -> None:
    """See that what is asked for goes together.

    Raises:
        UserError: it does not, or there is no such detail, depth or time.
    """
    if detail and detail not in DETAILS:
        raise UserError(f"detail={detail!r}; 'full', 'blocks' or 'summary' wanted")
    if depth is not None and depth < 1:
        raise UserError(f"depth={depth}; it must be 1 or more")
    if seconds is not None and not 0 < seconds < math.inf:
        raise UserError(f"seconds={seconds}; it must be above 0")
    if seconds is not None and detail in ("full", "blocks"):
        raise UserError(f"detail={detail!r} takes as long as it takes: leave out seconds, or the detail")


def _is_large(net: NetworkView) -> bool:
    """Whether a network has too many steps to be told in full, unless that is asked for."""
    return sum(layer.role != "input" for layer in net.steps) > FEW_STEPS


def _check_connected(graph: Graph) -> None:
    """See that the output was made from the input by what torch has seen.

    Raises:
        UserError: it was not; the line names the call that left torch, if one did.
    """
    left = [node for node in graph if node.kind in LEAVING and node.role == "function" and not node.outputs]
    if left:
        call, source = left[-1], graph[left[-1].inputs[0]]
        raise UserError(
            f"there is no way from the input to the output: {call.kind}() took the numbers of "
            f"{quote(source.name)} out of torch; compute what follows with torch"
        )


def _choose(net: NetworkView, patterns: str | Sequence[str] | None) -> set[str]:
    """Names of the layers that are shown in detail."""
    if patterns is None:
        return set(net.layers)
    chosen: set[str] = set()
    known = {name: {name, *net.trace.graph.ancestors(name)} for name in net.layers}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        found = {name for name, called in known.items() if any(fnmatchcase(one, pattern) for one in called)}
        if not found:
            names = sorted({one for called in known.values() for one in called})
            raise UserError(f"no layer is called {pattern!r}{nearest(pattern, names)}")
        chosen |= found
    return chosen
