"""The guide in the forms that assistants read: files of a project, and a page for a chat."""

from __future__ import annotations

from collections.abc import Mapping

import nnanim
from nnanim.assist.catalog import read_guide

ABOUT = (
    "Make animations, slides or pictures of neural networks (manim films, PowerPoint, HTML) in which every "
    "number was computed by the network. Use it when somebody wants to see or teach how a model, a layer, "
    "attention, dropout, a training or a loss works."
)
"""When an assistant should read the guide."""

PLACES: Mapping[str, tuple[str, str]] = {
    "claude": (".claude/skills/nnanim/SKILL.md", f"---\nname: nnanim\ndescription: {ABOUT}\n---\n\n"),
    "codex": ("AGENTS.md", ""),
    "cursor": (".cursor/rules/nnanim.mdc", f"---\ndescription: {ABOUT}\nalwaysApply: false\n---\n\n"),
    "copilot": (".github/instructions/nnanim.instructions.md", "---\napplyTo: '**/*.py'\n---\n\n"),
    "generic": ("nnanim.md", ""),
}
"""For each assistant: where it looks, and what stands above the guide."""

ASSISTANTS = tuple(PLACES)


def skill_files(whom: str) -> dict[str, str]:
    """The files that an assistant reads, by their places in a project."""
    place, head = PLACES[whom]
    made = f"\n<!-- nnanim {nnanim.__version__}; nnanim skill writes this file anew -->\n"
    return {place: head + read_guide() + made}


def read_prompt() -> str:
    """The guide as a page for a chat: a request, the guide, and how to answer."""
    return (
        "You write animations of neural networks with the Python library nnanim "
        f"({nnanim.__version__}). Answer with one whole Python file, and no number that you did not compute. "
        "I run `nnanim check FILE.py` and paste what it says; mend it until it says fine.\n\n"
        f"{read_guide()}\nWhat I want to see:\n"
    )
