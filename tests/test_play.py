"""Playing a scene from a server on this machine: at once, as it is written, and for nobody else."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from browser import Browser, needs_chromium
from click.testing import CliRunner
from examples import story

from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.play.server import CutName, FilmServer
from nnanim.play.studio import Studio
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.web import decode_film, encode_film

SCENE = """
from nnanim.beats import Beat
from nnanim.marks import Row, Units
from nnanim.movie import StoryScene


class Small(StoryScene):
    title = {"en": "Small", "ja": "小"}
    cover = "two"

    def story(self, example):
        yield Beat({"en": "One.", "ja": "一。"}, Row(Units([1.0], key="x", limit=2)), id="one", pause=9.0)
        yield Beat({"en": "Two.", "ja": "二。"}, Row(Units([2.0], key="x", limit=2)), id="two", pause=9.0)
"""


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.py"
    path.write_text(SCENE, encoding="utf-8")
    return path


@pytest.fixture
def server(scene: Path) -> Iterator[FilmServer]:
    made = FilmServer(Studio(str(scene)))
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.close()
    thread.join()


def get(server: FilmServer, place: str, **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", place, headers=headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read()


def listen(server: FilmServer) -> Iterator[tuple[str, dict[str, object]]]:
    """The events of the server, until it ends."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", "/events")
        with connection.getresponse() as stream:
            while name := stream.readline().decode().strip():
                value = json.loads(stream.readline().decode().partition(":")[2])
                stream.readline()
                yield name.partition(": ")[2], value


def test_a_studio_gives_cuts_of_every_kind_and_one_beat_before_the_others(scene: Path) -> None:
    studio = Studio(str(scene), options={"lang": "ja", "theme": "light"})
    assert studio.languages == ("ja", "en") and studio.themes == ("light", "dark")
    studio.reload()
    assert (studio.version, studio.cover) == (1, "two")
    part = decode_film(studio.encode(CutName("en", "dark", "9:16", "two"))).cuts[0]
    whole = decode_film(studio.encode(CutName("en", "dark", "9:16"))).cuts[0]
    assert [beat.id for beat in part.beats] == ["two"]
    assert [beat.id for beat in whole.beats] == ["one", "two"]
    assert part.beats[0].seconds == pytest.approx(whole.beats[1].seconds)
    assert (whole.lang, whole.theme, whole.frame, whole.title) == ("en", "dark", "9:16", "Small")
    assert decode_film(studio.encode(CutName("ja", "dark", "16:9"))).cuts[0].beats[0].sentence == "一。"
    gone = decode_film(studio.encode(CutName("en", "dark", "16:9", "nowhere"))).cuts[0]
    assert [beat.id for beat in gone.beats] == ["one"]


def test_a_beat_is_there_before_its_story_was_told_twice_and_the_card_says_what_that_proved(
    scene: Path,
) -> None:
    example = (
        "    def example(self):\n        return {'run': SimpleNamespace(provenance={'model': 'a net'})}\n"
    )
    text = SCENE.replace("    def story", f"{example}\n    def story", 1)
    text = text.replace(
        "    def story(self, example):\n", "    def story(self, example):\n        print('told')\n"
    )
    scene.write_text(f"from types import SimpleNamespace\n{text}", encoding="utf-8")
    studio, told = Studio(str(scene)), StringIO()
    with redirect_stdout(told):
        studio.reload()
        one, two = (studio.encode(CutName("en", "dark", "16:9", name)) for name in ("one", "two"))
    assert told.getvalue().split() == ["told"] and studio.list_beats() == ["one", "two", "card"]
    with redirect_stdout(told):
        card = studio.encode(CutName("en", "dark", "16:9", "card"))
        whole = decode_film(studio.encode(CutName("en", "dark", "16:9"))).cuts[0]
    assert len(told.getvalue().split()) > 1
    for part, beat in zip((one, two, card), whole.beats, strict=True):
        (alone,) = decode_film(part).cuts[0].beats
        assert (alone.id, alone.sentence, alone.seconds) == (beat.id, beat.sentence, beat.seconds)


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        (CutName("de", "dark", "16:9"), "there is no language 'de'"),
        (CutName("en", "drak", "16:9"), "there is no theme 'drak'; nearest: 'dark'"),
        (CutName("en", "dark", "2:1"), "there is no frame '2:1'"),
    ],
)
def test_cuts_that_there_are_none_of_are_one_line(scene: Path, name: CutName, mistake: str) -> None:
    studio = Studio(str(scene))
    studio.reload()
    with pytest.raises(UserError) as caught:
        studio.encode(name)
    assert str(caught.value).startswith(mistake)
    with pytest.raises(UserError, match="version 7 of the film is gone; this is 1"):
        studio.encode(CutName("en", "dark", "16:9"), 7)


def test_a_scene_that_breaks_leaves_the_film_as_it_was(scene: Path, server: FilmServer) -> None:
    events = listen(server)
    assert server.load() and next(events)[0] == "film"
    wanted = "/cut?lang=en&theme=dark&frame=16:9"
    status, before = get(server, f"{wanted}&version=1")
    assert status == 200 and decode_film(before).cuts[0].beats[1].sentence == "Two."
    scene.write_text(SCENE.replace('limit=2)), id="two"', 'limit=1)), id="two"'), encoding="utf-8")
    assert not server.load()
    name, value = next(events)
    assert name == "mistake" and "small.py" not in server.address
    assert str(value["line"]) == server.mistake and "outside" in server.mistake and "\n" not in server.mistake
    assert get(server, wanted) == (200, before)
    scene.write_text(SCENE.replace("Two.", "New."), encoding="utf-8")
    assert server.load() and next(events)[1]["version"] == 2
    assert decode_film(get(server, wanted)[1]).cuts[0].beats[1].sentence == "New."
    assert get(server, f"{wanted}&version=1")[0] == 409
    server.close()
    assert list(events) == []


def test_nobody_but_this_machine_is_answered(server: FilmServer) -> None:
    assert get(server, "/")[0] == 200
    for host in ("example.org", "127.0.0.1", f"evil.example:{server.port}"):
        assert get(server, "/", Host=host) == (403, b"only this machine is answered")
    assert get(server, "/nowhere")[0] == 404 and get(server, "/../etc/passwd")[0] == 404
    assert server.address == f"http://127.0.0.1:{server.port}/"


def test_a_film_that_was_encoded_is_played_as_it_is() -> None:
    server = FilmServer(encode_film([(story(), RenderStyle(by_name("dark")))]))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        status, page = get(server, "/")
        assert status == 200 and b'"served"' not in page and get(server, "/cut")[0] == 404
    finally:
        server.close()
        thread.join()


BEGIN = """
import sys
from nnanim.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
finally:
    print([name for name in "manim matplotlib av cairo torch".split() if name in sys.modules], flush=True)
"""


def begin(*words: str, cwd: Path) -> subprocess.Popen[str]:
    """``nnanim play`` in a process of its own, from which the address has been read."""
    command = [sys.executable, "-c", BEGIN, "play", "--no-browser", *words]
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.address = process.stdout.readline().strip()  # type: ignore[attr-defined]
    return process


def end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Press Ctrl+C and take what it printed."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=60)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@needs_chromium
def test_a_scene_is_played_without_manim_and_with_a_kept_trace_without_torch(
    window: Browser, tmp_path: Path
) -> None:
    for turn in range(2):
        window.run("location.href = 'about:blank'"), window.complaints()
        process = begin("perceptron", "--beat", "split", "--lang", "ja", cwd=tmp_path)
        window.open(process.address)  # type: ignore[attr-defined]
        window.until("window.nnanim && nnanim.player.cut", 120)
        assert window.run("return nnanim.player.cut.beats[nnanim.player.beat].id") == "split"
        window.until("!nnanim.player.cut.partial && nnanim.player.cut.beats.length > 10", 120)
        assert window.run("return nnanim.player.playing && nnanim.player.seconds > 10")
        assert window.run("return nnanim.theatre.host.lang") == "ja" and window.complaints() == []
        out, _ = end(process)
        assert process.returncode == 0 and out.strip() == ("['torch']" if turn == 0 else "[]")


@needs_chromium
def test_a_saved_file_is_on_the_screen_at_the_same_beat(window: Browser, scene: Path) -> None:
    process = begin(str(scene), "--watch", cwd=scene.parent)
    try:
        window.open(process.address)  # type: ignore[attr-defined]
        window.until("window.nnanim && nnanim.player.cut && !nnanim.player.cut.partial", 60)
        window.run(
            "nnanim.player.pause(); nnanim.player.seekBeat(1); nnanim.player.seek(nnanim.player.seconds + 2)"
        )
        before = window.run("return [nnanim.player.seconds, nnanim.player.beat]")
        live = "document.querySelector('[aria-live=polite]').textContent"
        scene.write_text(SCENE.replace("Two.", "Newer."), encoding="utf-8")
        window.until(f"{live} === 'Newer.'", 60)
        assert window.until("!nnanim.player.cut.partial && nnanim.player.seconds", 60) == pytest.approx(
            before[0], abs=0.05
        )
        scene.write_text(SCENE.replace("Two.", "New").replace("yield", "yeild", 1), encoding="utf-8")
        said = window.until(
            "!document.querySelector('.message').hidden && document.querySelector('.message').textContent", 60
        )
        assert said.startswith("The scene is being written: ") and "small.py, line " in said
        assert window.run(f"return {live}") == "Newer."
        scene.write_text(SCENE, encoding="utf-8")
        window.until(f"{live} === 'Two.' && document.querySelector('.message').hidden", 60)
        # What is asked for of another language is made then, the beat that is seen first.
        window.press("l")
        window.until(f"{live} === '二。' && !nnanim.player.cut.partial", 60)
        assert window.run("return nnanim.player.beat") == 1
    finally:
        _, errors = end(process)
    assert "small.py, line " in errors and "Traceback" not in errors
    window.until("document.querySelector('.message').textContent.startsWith('nnanim が終了')", 60)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["play", *words])
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nowhere"], "there is no scene 'nowhere'"),
        (["nowhere.py"], "there is no file 'nowhere.py'"),
        (["film.nnfilm"], "film.nnfilm: "),
        (["small.py", "--lang", "de"], "language 'de' is not known"),
        (["small.py", "--theme", "drak"], "there is no theme 'drak'; nearest: 'dark'"),
        (["small.py", "--pace", "0"], "pace '0' is not a number above 0"),
        (["small.py", "--port", "70000"], "--port 70000; 0 to 65535 wanted"),
        (["small.py", "Smal"], "small.py has no scene 'Smal'; nearest: 'Small'"),
        (["broken.py"], "broken.py, line 1: SyntaxError: "),
        (["small.py", "--sentence", "x"], "the scene 'Small' takes no --sentence"),
    ],
)
def test_a_mistake_is_one_line(scene: Path, words: list[str], line: str) -> None:
    (scene.parent / "broken.py").write_text("class :\n", encoding="utf-8")
    (scene.parent / "film.nnfilm").write_bytes(b"GIF89a")
    code, said = run("--no-browser", *words)
    assert code == 2 and said.startswith(f"nnanim: {line}") and said.count("\n") == 1


def test_a_port_that_is_in_use_is_one_line(scene: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = run(str(scene), "--no-browser", "--port", str(port))
    assert code == 2
    assert said == f"nnanim: port {port} is in use; choose another with --port, or leave it out\n"


def test_where_there_is_no_browser_the_address_is_told(scene: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play = import_module("nnanim.cli.play")  # the command has the module's name

    def stop() -> None:
        time.sleep(0.5)
        raise KeyboardInterrupt

    monkeypatch.setattr(play.webbrowser, "open", lambda address: False)
    monkeypatch.setattr(play, "_wait_for_ever", stop)
    code, said = run(str(scene))
    assert code == 0 and "no browser was found; open http://127.0.0.1:" in said
