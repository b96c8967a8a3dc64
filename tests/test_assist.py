"""Assistants: the server with the SDK's own client, the guide whose code runs, and what is refused."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import CliRunner

from nnanim import theme
from nnanim.assist.catalog import KINDS, list_things, read_guide
from nnanim.assist.guard import Guard
from nnanim.assist.place import Workplace
from nnanim.assist.skills import ASSISTANTS, read_prompt, skill_files
from nnanim.check import check_story
from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.scene import loader
from nnanim.style import RenderStyle

mcp = pytest.importorskip("mcp")

SCENE = re.findall(r"```python\n(.*?)```", read_guide(), re.DOTALL)[0]

FAULTS: dict[str, tuple[str, str]] = {
    "number": ("p=percent(float(p[0, 0]))", 'p="97 %"'),
    "claim": ("{n} decides: {a:.1f} here,", "{n} has the lowest: {a:.1f} here,"),
    "signal": ('Flow("v", terms[one],', 'Flow("v", 2 * terms[one],'),
    "colour": ('below=1, highlight=(best,)', 'below=1, role="accent"'),
    "twice": ('        ask = {', '        yield Beat({"en": "Again.", "ja": "もう一度。"}, net(0), id="a")\n'
              '        yield Beat({"en": "Again.", "ja": "もう一度。"}, net(0), id="b")\n        ask = {'),
    "picked": ("seed=0)", "seed=max(range(3), key=lambda s: seeded(seed=s)))"),
}  # fmt: skip


def use(folder: Path, work: Callable[[Any], Awaitable[Any]], **limits: float) -> Any:
    """Speak with a server for a folder through the SDK's client."""
    from mcp import Client

    from nnanim.assist.server import make_server

    async def speak() -> Any:
        async with Client(make_server(folder, **limits)) as client:
            return await work(client)

    return anyio.run(speak)


async def call(client: Any, tool: str, **arguments: Any) -> Any:
    """What a tool gives as data or text; an error is an AssertionError with its text."""
    done = await client.call_tool(tool, arguments)
    text = "".join(getattr(one, "text", "") for one in done.content)
    assert not done.is_error, text
    return json.loads(text) if text.startswith(("{", "[")) else text or done.content


async def refuse(client: Any, tool: str, **arguments: Any) -> str:
    done = await client.call_tool(tool, arguments)
    text = "".join(getattr(one, "text", "") for one in done.content)
    assert done.is_error, f"not refused: {text}"
    return text


def test_six_faults_are_named_and_what_is_mended_passes_and_is_exported(tmp_path: Path) -> None:
    wrong = "def seeded(seed):\n    return -seed\n\n\n" + SCENE
    for old, new in FAULTS.values():
        assert wrong.count(old) == 1, old
        wrong = wrong.replace(old, new)

    async def work(client: Any) -> None:
        await call(client, "write_scene", name="mine.py", text=wrong)
        verdict = await call(client, "check", scene="mine.py", lang="en")
        assert not verdict["passed"] and {one["bound"] for one in verdict["findings"]} >= set(FAULTS)
        assert all(one["what"] and one["advice"] for one in verdict["findings"] if one["bound"] in FAULTS)
        await call(client, "write_scene", name="mine.py", text=SCENE)
        verdict = await call(client, "check", scene="mine.py", lang="en")
        assert verdict["passed"], verdict["findings"]
        (picture,) = await call(client, "still", scene="mine.py", beat="why")
        assert picture.mime_type == "image/png"
        heard: list[float] = []

        async def hear(progress: float, total: float | None, message: str | None) -> None:
            heard.append(progress)

        done = await client.call_tool("html", {"scene": "mine.py"}, progress_callback=hear)
        assert not done.is_error and heard
        assert list(tmp_path.rglob("*.html"))

    use(tmp_path, work)


WRITES = 'open({!r}, "w").write("x")\n'


def test_what_must_not_be_is_refused_in_one_line(tmp_path: Path) -> None:
    folder, outside = tmp_path / "mine", tmp_path / "written-outside.txt"
    folder.mkdir()

    async def work(client: Any) -> None:
        async def check(text: str, said: str) -> None:
            await call(client, "write_scene", name="s.py", text=text)
            line = await refuse(client, "check", scene="s.py", lang="en")
            assert said in line and "Traceback" not in line, line

        await check("import no_such_package\n", "no_such_package")
        await check(WRITES.format(str(outside)), "may write in")
        await check("import socket\nsocket.create_connection(('127.0.0.1', 9), 1)\n", "may not go online")
        await check("import torch\ntorch.zeros(1).cuda()\n", "computes on the CPU")
        for name in ("../out.py", "/etc/out.py", "mine.sh", ""):
            assert await refuse(client, "write_scene", name=name, text="x = 1\n")
        assert "line 1" in await refuse(client, "write_scene", name="s.py", text="def (:\n")
        assert "s.py" in await refuse(client, "check", scene="ss.py")

    use(folder, work)
    assert not outside.exists()

    async def endless(client: Any) -> str:
        await call(client, "write_scene", name="s.py", text="while True:\n    pass\n")
        return await refuse(client, "check", scene="s.py", lang="en")

    assert "endless" in use(folder, endless, short=4.0)


TINY = """
import os
from nnanim import Bars, Beat
from nnanim.movie import StoryScene


class Tiny(StoryScene):
    title = {"en": "Tiny", "ja": "小さい"}

    def story(self, _):
        yield Beat({"en": "Two bars.", "ja": "棒が二本。"}, Bars([0.2, 0.7], ("a", "b"), key="b"), id="bars")
"""


def test_a_film_and_a_deck_are_made_with_progress_and_stay_in_the_folder(tmp_path: Path) -> None:
    async def work(client: Any) -> None:
        await call(client, "write_scene", name="tiny.py", text=TINY)
        heard: list[tuple[float, float | None]] = []

        async def hear(progress: float, total: float | None, message: str | None) -> None:
            heard.append((progress, total))

        done = await client.call_tool("film", {"scene": "tiny.py", "quality": "l"}, progress_callback=hear)
        assert not done.is_error and heard
        assert [now for now, _ in heard] == sorted(now for now, _ in heard)
        assert all(total is not None and now < total for now, total in heard)
        assert list((tmp_path / "media").rglob("*.mp4"))
        assert await call(client, "deck", scene="tiny.py", to="pdf")
        assert (tmp_path / "tiny.pdf").read_bytes().startswith(b"%PDF")

    use(tmp_path, work)


def test_cancelled_work_ends_its_process(tmp_path: Path) -> None:
    slow = TINY.replace(
        "class Tiny", 'open("pid", "w").write(str(os.getpid()))\nwhile True:\n    pass\n\n\nclass Tiny'
    )
    pid = tmp_path / "pid"

    async def work(client: Any) -> None:
        await call(client, "write_scene", name="slow.py", text=slow)
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "check", {"scene": "slow.py", "lang": "en"})
            with anyio.fail_after(60):
                while not (pid.exists() and pid.read_text(encoding="utf-8")):
                    await anyio.sleep(0.05)
            group.cancel_scope.cancel()
        with anyio.fail_after(20):
            while _is_alive(int(pid.read_text(encoding="utf-8"))):
                await anyio.sleep(0.05)
        assert await call(client, "list", kind="files")  # the server goes on

    use(tmp_path, work)


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not fetched does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_the_server_lists_without_torch_and_manim(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom nnanim.assist.catalog import KINDS, list_things\n"
        "import nnanim.assist.server\nfound = {kind: len(list_things(kind)) for kind in KINDS}\n"
        "assert min(found.values()) > 4, found\n"
        "print(sorted({'torch', 'manim', 'matplotlib', 'numba'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_speaks_over_standard_input_and_output(tmp_path: Path) -> None:
    from mcp import Client, StdioServerParameters

    async def speak() -> None:
        words = ["-m", "nnanim", "mcp", "--folder", str(tmp_path)]
        async with Client(StdioServerParameters(command=sys.executable, args=words)) as client:
            tools = {one.name for one in (await client.list_tools()).tools}
            assert tools == set(
                "list read_scene write_scene describe record check still strip sheet film html deck".split()
            )
            uris = {str(one.uri) for one in (await client.list_resources()).resources}
            assert uris == {f"nnanim://{name}" for name in ("guide", "glossary", "cookbook")}
            found = await call(client, "list", kind="scenes", search="dropout")
            assert "dropout" in str(found)
            text = (await client.read_resource("nnanim://guide")).contents[0].text
            assert text == read_guide()

    anyio.run(speak)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_scene_of_the_guide_passes(lang: str, tmp_path: Path) -> None:
    file = tmp_path / "guide.py"
    file.write_text(SCENE, encoding="utf-8")
    story = loader.build_story(str(file), {"lang": lang})
    assert check_story(story, RenderStyle(theme.by_name("dark"), lang), file=file).faults == ()


def test_the_guide_names_what_exists() -> None:
    import nnanim as library
    from nnanim import models

    guide = read_guide()
    marks = re.search(r"- Marks: (.*?)\. Stages: (.*?)\.\n", guide, re.DOTALL)
    assert marks is not None
    for name in re.findall(r"\w+", f"{marks[1]} {marks[2]}"):
        assert hasattr(library, name), name
    commands = set(re.findall(r"`nnanim (\w+)", guide))
    assert commands <= set(main.list_commands(None)) and "check" in commands  # type: ignore[arg-type]
    known = set(models.names())
    for function, name in re.findall(r'models\.(\w+)\("([\w-]+)"\)', guide):
        assert hasattr(models, function) and name in known, name
    for module, function in re.findall(r"`(digits|iris)\.(\w+)\(\)`", guide):
        assert hasattr(import_module(f"nnanim.data.{module}"), function), function
    begins = re.search(
        r"finds beats: (.*?) … Whole films for `nnanim new --from`: (.*?)\.\n", guide, re.DOTALL
    )
    assert begins is not None
    beats, films = (re.findall(r"[a-z][\w-]+", re.sub(r"\(.*?\)", "", one)) for one in begins.groups())
    assert len(beats) > 12 and set(beats) <= {one["name"] for one in list_things("recipes")}
    assert len(films) > 10 and all(loader.path(name).exists() for name in films)
    assert len(guide) < 10_000, "a guide that is read on every request is short"


def test_what_stands_in_the_sentences_of_the_guide_can_be_written_so() -> None:
    import torch

    import nnanim as library
    from nnanim import data, marks, models, trace, words
    from nnanim.words import numerals

    spaces = (library, marks, words, numerals, data, trace.Trace)
    known = {name: getattr(space, name) for space in spaces for name in dir(space)} | {"models": models}
    known["trace"] = library.record(torch.nn.Linear(1, 1), torch.ones(1, 1))
    prose, found = re.sub(r"```.*?```", "", read_guide(), flags=re.DOTALL), 0
    for span in re.findall(r"`([^`]+)`", prose):
        try:
            tree = ast.parse(
                span.replace("…", "None").replace("=)", "=None)").replace("=,", "=None,"), mode="eval"
            )
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in known
            ):
                owner = known[node.value.id]
                fields = getattr(owner, "__dataclass_fields__", {})
                assert hasattr(owner, node.attr) or node.attr in fields, span
                found += 1
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
                taken = inspect.signature(known[node.func.id]).parameters
                free = any(one.kind is one.VAR_KEYWORD for one in taken.values())
                assert free or {one.arg for one in node.keywords} <= set(taken), span
                found += 1
    assert found > 12


def test_the_second_block_of_the_guide_runs_and_holds_what_its_comments_say() -> None:
    block = re.findall(r"```python\n(.*?)```", read_guide(), re.DOTALL)[1]
    here: dict[str, Any] = {}
    exec(compile(block, "guide", "exec"), here)
    run = here["run"]
    assert run["loss"].shape == (31,) and run["output"].shape == (31, 20, 1)
    w, b = float(run["w"][0]), float(run["b"][0])
    line = [-4 + 0.2 * step for step in range(41)]
    near = here["land"][
        min(range(41), key=lambda i: abs(line[i] - b)), min(range(41), key=lambda i: abs(line[i] - w))
    ]
    assert abs(near - run["loss"][0]) < 1.5, "the first step lies on the map where its loss is"
    assert run["w"][-1] == pytest.approx(here["net"].weight.item()), (
        "nothing is learnt after the last snapshot"
    )
    assert here["motion"].states["map"][-1].drawn == 31
    here["motion"].check({"map": here["map_"], "loss": here["curve"]})  # as its comment says
    with pytest.raises(UserError, match="is not its last state"):
        here["motion"].check({"map": here["map_"], "loss": here["motion"].states["loss"][-2]})


def test_the_command_line_says_what_a_mark_takes_and_an_error_does_too() -> None:
    def run(*words: str) -> str:
        return CliRunner().invoke(main, ["list", *words]).output

    assert "many of the n values are drawn" in run("Curve") and "(needed)" in run("Curve")
    assert "Points in a plane" in run("marks") and "#1ED23C" in run("roles")
    assert json.loads(run("Playback", "--json"))["name"] == "Playback"
    assert run("modify").startswith("from nnanim.marks import modify\nmodify(mark")
    assert "*inputs" in run("record") and json.loads(run("percent", "--json"))["name"] == "percent"
    assert "Words as vectors" in run("words") and "there is no scene 'os'" in run("os")  # no module
    takes = [
        (one["name"], each)
        for kind in ("marks", "motions")
        for one in list_things(kind)
        for each in one["takes"]
    ]
    assert [
        (name, each["name"]) for name, each in takes if not each["about"] and each["name"][0] != "*"
    ] == []
    from nnanim import Curve, Playback, Row

    with pytest.raises(UserError, match="Curve has no 'points'; nearest: 'point'; it takes x, y, names"):
        Curve([0, 1], [0, 1], key="c", points=(0, 0))  # type: ignore[call-arg]
    with pytest.raises(UserError, match="Row has no 'gaps'; nearest: 'gap'"):
        Row(gaps=1)  # type: ignore[call-arg]
    with pytest.raises(UserError, match="Playback has no 'frames'; it takes states"):
        Playback(frames=())  # type: ignore[call-arg]


@pytest.mark.parametrize("whom", ASSISTANTS)
def test_a_skill_is_written_once_and_nothing_is_written_over(whom: str, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["skill", "--for", whom, "-o", str(tmp_path), *words])

    assert run().exit_code == 0 and run().exit_code == 0
    ((name, text),) = skill_files(whom).items()
    assert (tmp_path / name).read_text(encoding="utf-8") == text and read_guide() in text
    (tmp_path / name).write_text("mine", encoding="utf-8")
    refused = run()
    assert refused.exit_code == 2 and "--force" in refused.stderr
    assert run("--force").exit_code == 0


def test_the_prompt_is_one_page() -> None:
    done = CliRunner().invoke(main, ["prompt"])
    assert done.exit_code == 0 and done.output.strip() == read_prompt().strip()


def test_paths_stay_in_the_folder_and_kinds_are_named(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    (tmp_path / "link").symlink_to("/")
    for name in ("../x.py", "/x.py", "link/x.py", ".", "a\0.py"):
        with pytest.raises(UserError):
            place.write(name, "x")
    place.write("a/b.py", "x = 1\n")
    assert place.list_files() == ["a/b.py"] and place.read("a/b.py") == "x = 1\n"
    with pytest.raises(UserError, match="nearest: 'marks'"):
        list_things("mark")
    assert {one["name"] for one in list_things("marks")} >= {"Units", "Bars", "Row"} and "terms" in KINDS
    assert Guard(tmp_path).inside[0] == str(tmp_path.resolve())


def test_what_assistants_get_wrong_most_is_a_line_that_says_what_to_write() -> None:
    import torch

    from nnanim import Bars, Beat, Units
    from nnanim.words.typeset import formula

    with pytest.raises(UserError, match=r"\\frac is LaTeX; this is Typst: a/b"):
        formula(r"\frac{a}{b}")
    with pytest.raises(UserError, match=r"\^\{ij\} is LaTeX; this is Typst: \^\(ij\)"):
        formula("x^{ij}")
    with pytest.raises(UserError, match="its stage is a list; several marks stand in a Row"):
        Beat("a", [Bars([0.5], key="b")])  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"values are a tensor with a gradient; .*detach"):
        Units(torch.ones(2, requires_grad=True), key="u")
