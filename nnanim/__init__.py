"""nnanim: films of neural networks in which every number was computed by the network itself.

The line from a model to a film, and where each part of it stands::

    tensor -record()-> Trace -story()-> Beats -place()-> Frames -takes()-> shapes -> film, still
         recording     trace  stories   beats  layout   frames  timeline  marks    movie, still

- ``record(model, *inputs)`` runs any ``torch.nn.Module`` and gives a ``Trace``; ``Tap`` records any value
  inside your model.
- A story is a generator of ``Beat``: a sentence, the marks on the stage, at most one motion.
- Marks (``Units``, ``Wires``, ``Grid``, …) are data, arranged by ``Row``, ``Column``, ``Overlay``, ``Table``;
  motions are ``Flow``, ``Relay``, ``Playback``, ``Stream``, ``Sweep``.
- ``Story.from_beats(beats, title)`` makes a story; ``show`` plays it in a notebook, ``contact_sheet`` and
  ``animate`` draw it with matplotlib (one beat: ``nnanim.still.still``), ``nnanim.movie.StoryScene`` films it
  with manim.

Importing nnanim loads none of torch, manim and matplotlib; each name below is fetched when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "nnanim.beats": ("Beat", "Story"),
    "nnanim.births": ("From", "window"),
    "nnanim.errors": ("UserError",),
    "nnanim.marks": (
        "Alignment", "Arcs", "Bars", "Block", "Cloud", "Column", "Curve", "Extent", "Formula", "Frame",
        "Grid", "Histogram", "Legend", "Link", "Mark", "Overlay", "Parts", "Picture", "PictureGrid", "Placed",
        "Row", "Squares", "Surface", "Table", "Text", "Tokens", "Units", "View", "Wires", "arrange_multiples",
    ),
    "nnanim.motions": ("Flow", "Playback", "Relay", "Stream", "Sweep"),
    "nnanim.recording": ("Recorder", "Tap", "record"),
    "nnanim.notebook": ("show",),
    "nnanim.still": ("animate", "animation", "contact_sheet"),
    "nnanim.style": ("RenderStyle",),
    "nnanim.theme": ("Theme",),
    "nnanim.timeline": ("takes",),
    "nnanim.trace": ("Trace",),
}  # fmt: skip

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nnanim' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
