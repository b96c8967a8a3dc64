"""The MCP server: tools that write, check, draw and film scenes in one folder of the user's.

Neither torch nor manim is imported here: every piece of work is a command in a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

import nnanim
from nnanim.assist import catalog, jobs
from nnanim.assist.place import Workplace
from nnanim.errors import UserError

SHORT, LONG = 120.0, 900.0
"""Seconds that a check or a picture, and a film or a deck, may take."""

INSTRUCTIONS = """Make animations of neural networks whose every number was computed by the network.
Read the resource nnanim://guide first. Then: list what there is, describe the model, write_scene, check, mend
what check names, look at sheet and strip; then film, deck, html. Type no number into a sentence."""

Lang = Literal["en", "ja"]


def make_server(folder: Path, short: float = SHORT, long: float = LONG) -> MCPServer[Any]:
    """A server for one folder.

    Args:
        folder: where scenes are written and films are kept; nothing else is written to.
        short: seconds that a check or a picture may take.
        long: seconds that a film or a deck may take.

    Raises:
        UserError: there is no such folder.
    """
    place = Workplace(folder)
    server: MCPServer[Any] = MCPServer(
        "nnanim", instructions=INSTRUCTIONS, version=nnanim.__version__, log_level="ERROR"
    )
    work = Work(place, short, long)
    _add_files(server, place)
    _add_looks(server, work)
    _add_exports(server, work)
    _add_resources(server, place)
    return server


class Work:
    """Commands that run for a client, in its folder."""

    def __init__(self, place: Workplace, short: float, long: float) -> None:
        self.place, self.short, self.long = place, short, long

    async def run(self, words: Sequence[str], context: Context[Any, Any], limit: float) -> jobs.CommandResult:
        """Run a command; what a user could mend is an error with its line."""
        outcome = await jobs.run(words, self.place.folder, limit, context.report_progress)
        if outcome.code not in (0, 1) or (outcome.code == 1 and not outcome.output.strip()):
            raise ToolError(outcome.line())
        return outcome

    def scene(self, name: str) -> str:
        """A scene as commands name it; an error of the tool where there is none."""
        try:
            return self.place.scene(name)
        except UserError as error:
            raise ToolError(str(error)) from None

    def file(self, name: str) -> str:
        """A file of the folder as commands name it; an error of the tool where it lies outside."""
        try:
            return str(self.place.file(name).relative_to(self.place.folder))
        except UserError as error:
            raise ToolError(str(error)) from None

    def model(self, target: str) -> str:
        """``my.py:net`` in the folder, or ``package.module:net``."""
        file, _, name = target.rpartition(":")
        return f"{self.file(file)}:{name}" if file.endswith(".py") else target

    async def picture(self, words: Sequence[str], name: str, context: Context[Any, Any]) -> Image:
        """Run a command that draws, and show what it drew; it is kept in ``pictures``."""
        target = self.place.folder / "pictures" / name
        target.parent.mkdir(exist_ok=True)
        await self.run([*words, "--out", str(target)], context, self.short)
        return Image(path=target)


def _add_files(server: MCPServer[Any], place: Workplace) -> None:
    @server.tool(name="list")
    def list_things(
        kind: Literal["scenes", "recipes", "marks", "motions", "models", "terms", "files"], search: str = ""
    ) -> list[dict[str, Any]]:
        """List what there is: scenes, recipes with code, marks, motions, models, terms, your files.

        `search` keeps what holds a word.
        """
        if kind == "files":
            return [{"name": name, "about": ""} for name in place.list_files() if search in name]
        return catalog.list_things(kind, search)

    @server.tool()
    def read_scene(name: str) -> str:
        """Read a scene: a file of yours (`mine.py`), or one that comes with nnanim (`dropout`)."""
        try:
            return place.read(name)
        except UserError as error:
            raise ToolError(str(error)) from None

    @server.tool()
    def write_scene(name: str, text: str) -> str:
        """Write a scene, or change it: the whole text of a file in your folder, such as `mine.py`."""
        try:
            if name.endswith(".py"):
                compile(text, name, "exec")
            return f"written: {place.write(name, text).relative_to(place.folder)}; now check it"
        except (SyntaxError, ValueError) as error:
            line = f", line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else f": {error}"
            raise ToolError(f"{name}{line}") from None


def _add_looks(server: MCPServer[Any], work: Work) -> None:
    @server.tool()
    async def describe(
        model: str, context: Context[Any, Any], inputs: Sequence[str] = (), shapes: Sequence[str] = ()
    ) -> str:
        """Describe a model, `my.py:net`: its modules, shapes, parameters.

        Give files as `inputs`, or `shapes` of random ones: `1,3,8,8`.
        """
        words = ["describe", work.model(model), *_inputs(inputs, shapes)]
        return (await work.run(words, context, work.short)).output

    @server.tool()
    async def record(
        model: str, context: Context[Any, Any], inputs: Sequence[str] = (), shapes: Sequence[str] = (),
        out: str = "trace.safetensors", seed: int = 0,
    ) -> str:  # fmt: skip
        """Run a model, `my.py:net`, and keep what it computed as a trace in your folder."""
        words = [
            "record",
            work.model(model),
            *_inputs(inputs, shapes),
            "--seed",
            str(seed),
            "-o",
            work.file(out),
        ]
        return (await work.run(words, context, work.short)).output

    @server.tool()
    async def check(
        scene: str, context: Context[Any, Any], lang: Lang | None = None, frame: str = "16:9"
    ) -> dict[str, Any]:
        """The verdict on a scene: is it true, and well made? Findings name beat, mark, fault, and what to do.

        `passed` is what you want; `choices` are seeds and limits that you chose: tell the user why.
        """
        words = ["check", work.scene(scene), "--json", "--frame", frame, *(["--lang", lang] if lang else [])]
        return read_verdict((await work.run(words, context, work.short)).output)

    @server.tool()
    async def still(scene: str, context: Context[Any, Any], beat: str = "1", lang: Lang = "en") -> Image:
        """A beat of a scene as a picture, as it is at its end."""
        words = ["still", work.scene(scene), "--beat", beat, "--lang", lang]
        return await work.picture(words, f"still-{lang}.png", context)

    @server.tool()
    async def strip(scene: str, beat: str, context: Context[Any, Any], lang: Lang = "en") -> Image:
        """How a beat moves: a picture every quarter of a second."""
        words = ["still", work.scene(scene), "--strip", beat, "--lang", lang]
        return await work.picture(words, f"strip-{lang}.png", context)

    @server.tool()
    async def sheet(scene: str, context: Context[Any, Any], lang: Lang = "en") -> Image:
        """All beats of a scene on one sheet."""
        words = ["still", work.scene(scene), "--sheet", "--lang", lang]
        return await work.picture(words, f"sheet-{lang}.png", context)


def _add_exports(server: MCPServer[Any], work: Work) -> None:
    @server.tool()
    async def film(
        scene: str, context: Context[Any, Any], lang: Lang = "en", quality: Literal["l", "m", "h", "k"] = "m"
    ) -> str:
        """Render a film (mp4) of a scene that passes `check`; minutes at high quality."""
        words = ["movie", work.scene(scene), f"-q{quality}", "--lang", lang, "--media_dir", "media"]
        return (await work.run(words, context, work.long)).output

    @server.tool()
    async def html(scene: str, context: Context[Any, Any]) -> str:
        """One page that plays the film in any browser, in both languages; a second or two."""
        words = ["movie", work.scene(scene), "--to", "html", "--media_dir", "media"]
        return (await work.run(words, context, work.long)).output

    @server.tool()
    async def deck(
        scene: str, context: Context[Any, Any], to: Literal["pptx", "html", "pdf"] = "pptx", lang: Lang = "en"
    ) -> str:
        """Slides of a scene: PowerPoint, a page, or a handout."""
        name = work.scene(scene)
        out = f"{Path(name).stem}.{to}"
        words = ["deck", name, "--to", to, "-o", out, "--lang", lang, "--media_dir", "media"]
        return (await work.run(words, context, work.long)).output or out


def _inputs(inputs: Sequence[str], shapes: Sequence[str]) -> list[str]:
    return [*(f"--input={one}" for one in inputs), *(f"--shape={one}" for one in shapes)]


def read_verdict(output: str) -> dict[str, Any]:
    """What an assistant needs of ``nnanim check --json``: findings that languages share stand once."""
    films = json.loads(output)
    found: dict[str, dict[str, Any]] = {}
    for film in films:
        for one in film["findings"]:
            key = json.dumps(one, sort_keys=True)
            found.setdefault(key, {**one, "lang": []})["lang"].append(film["lang"])
    seconds = {film["lang"]: round(film["seconds"], 1) for film in films}
    choices = films[0]["choices"] if films else []
    return {
        "passed": all(one["hint"] for one in found.values()),
        "findings": list(found.values()),
        "choices": choices,
        "seconds": seconds,
    }


def _add_resources(server: MCPServer[Any], place: Workplace) -> None:
    @server.resource("nnanim://guide", mime_type="text/markdown")
    def guide() -> str:
        """How to write a scene: read this first."""
        return catalog.read_guide()

    @server.resource("nnanim://glossary", mime_type="application/json")
    def glossary() -> str:
        """The field's terms in English and Japanese."""
        return json.dumps(catalog.list_things("terms"), ensure_ascii=False, indent=1)

    @server.resource("nnanim://cookbook", mime_type="text/markdown")
    def cookbook() -> str:
        """Small beats, each the answer to one question, as code."""
        things = catalog.list_things("recipes")
        return "\n\n".join(f"## {one['about']}\n\n```python\n{one['code']}```" for one in things)

    @server.resource("nnanim://scene/{name}", mime_type="text/x-python")
    def scene(name: str) -> str:
        """The source of a scene that comes with nnanim, as an example."""
        return place.read(name)
