"""The server of a live scene: whom it answers, and what several pages see of one state."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import live_scenes
import pytest
from click.testing import CliRunner
from live_server import Client, serving
from websockets.exceptions import ConnectionClosed, InvalidStatus

from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.live import server as live
from nnanim.live.pages import read_pages


@pytest.fixture(scope="module")
def server() -> Iterator[live.LiveServer]:
    with serving(live_scenes.Adder) as one:
        yield one


def get(
    server: live.LiveServer, path: str, host: str | None = None, method: str = "GET"
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.port}")
    connection.endheaders()
    return connection.getresponse()


@pytest.mark.parametrize("name", sorted(read_pages()))
def test_every_file_of_the_page_is_served_under_the_secret(server: live.LiveServer, name: str) -> None:
    answer = get(server, f"/{server.token}/{name}")
    kind, content = read_pages()[name]
    assert answer.status == 200 and answer.read() == content and answer.getheader("Content-Type") == kind
    policy = str(answer.getheader("Content-Security-Policy"))
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert answer.getheader("Referrer-Policy") == "no-referrer"


def test_modules_import_only_what_is_served() -> None:
    pages = read_pages()
    for name, (_, content) in pages.items():
        for line in content.decode().splitlines():
            if line.startswith("import ") and " from " in line:
                folder = name.rpartition("/")[0]
                wanted = line.split('"')[1].removeprefix("./")
                assert (f"{folder}/{wanted}" if folder else wanted) in pages, (name, line)


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", None, 403),
        ("/wrong/", None, 403),
        ("/wrong/talk", None, 403),
        ("/é/", None, 403),
        ("//", None, 403),
        ("/TOKEN/nothing.js", None, 404),
        ("/TOKEN/../../pyproject.toml", None, 404),
        ("/TOKEN/", "evil.example", 403),
        ("/TOKEN/", "127.0.0.1", 403),
        ("/TOKEN/talk", None, 403),
    ],
)
def test_who_is_refused(server: live.LiveServer, path: str, host: str | None, status: int) -> None:
    answer = get(server, path.replace("TOKEN", server.token).replace("é", "%C3%A9"), host)
    assert answer.status == status and answer.read().count(b"\n") == 1


@pytest.mark.parametrize(
    "options",
    [{"origin": "http://evil.example"}, {"origin": None}, {"origin": "null"}],
)
def test_pages_from_elsewhere_do_not_talk(server: live.LiveServer, options: dict[str, str | None]) -> None:
    with pytest.raises(InvalidStatus) as refusal, Client(server, **options):
        pass
    assert refusal.value.response.status_code == 403


def test_only_this_machine_is_listened_to(server: live.LiveServer) -> None:
    assert server._listener.getsockname()[0] == "127.0.0.1"


def test_several_pages_see_one_state(server: live.LiveServer) -> None:
    with Client(server) as teacher, Client(server) as wall:
        for page in (teacher, wall):
            hello, _ = page.wait("hello")
            assert [one["name"] for one in hello["controls"]] == ["first", "second", "mood"]
            assert hello["values"]["first"] == 1.0 and hello["languages"] == ["en", "ja"]
        teacher.send(type="set", name="first", value=1.5)
        for page in (teacher, wall):
            state, _ = page.wait("state")
            assert state["values"]["first"] == 1.5
            shown, film = page.wait("show", changes=state["changes"])
            assert film is not None and film.cuts[0].beats[0].sentence == "Two numbers go in."
            assert shown["title"] == "A tiny network"
        wall.send(type="look", lang="ja", theme="light")
        for page in (teacher, wall):
            hello, _ = page.wait("hello")
            assert hello["controls"][0]["label"] == "一つめの数" and hello["values"]["first"] == 1.5
            shown, film = page.wait("show", title="小さなネットワーク")
            assert film is not None and film.cuts[0].theme == "light"
        wall.send(type="look", lang="en", theme="dark")
        teacher.send(type="reset")
        teacher.wait("state", values={"first": 1.0, "second": -0.5, "mood": "calm"})
        # A page that comes now is shown what is there: the Japanese picture, until the next is computed.
        teacher.wait("show", title="A tiny network")
    with Client(server) as late:
        late.wait("hello")
        assert late.wait("show")[0]["title"] == "A tiny network"


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", '"x"', '{"type":1}', "[" * 100_000, '{"type":"set","name":"first","value":NaN}'],
)
def test_nonsense_is_answered_with_one_line(server: live.LiveServer, text: str) -> None:
    with Client(server) as page:
        page.wait("hello")
        page.socket.send(text)
        note = page.wait("note")[0]
        while not note["text"]:
            note = page.wait("note")[0]
        assert "\n" not in note["text"]
        page.socket.send(b"\xff\xfe\x00")
        assert page.wait("note")[0]["text"]


def test_a_mistake_is_said_beside_its_control_and_to_its_page_alone(server: live.LiveServer) -> None:
    with Client(server) as page, Client(server) as other:
        page.send(type="set", name="first", value=99)
        note = page.wait("note", about="first")[0]
        assert note["text"] == "first: 99 does not lie between -2 and 2"
        other.send(type="set", name="second", value=0.25)
        while (message := other.receive()[0])["type"] != "state":
            assert message.get("about") != "first"


def test_a_message_that_is_too_long_ends_its_page_alone(server: live.LiveServer) -> None:
    with Client(server) as page, Client(server) as other:
        page.wait("hello")
        with pytest.raises(ConnectionClosed):
            page.socket.send("x" * (live.MAX_MESSAGE + 1))
            page.wait("never")
        other.send(type="set", name="second", value=0.75)
        other.wait("state")


def test_a_model_that_raises_leaves_what_is_seen(server: live.LiveServer) -> None:
    with Client(server) as page:
        page.send(type="set", name="mood", value="raise")
        said = ""
        while not said:
            said = page.wait("note")[0]["text"]
        assert said.startswith("live_scenes.py, line ") and said.endswith(
            "ZeroDivisionError: the model is broken"
        )
        with Client(server) as late:  # who comes later sees the last picture, and why it is no newer one
            assert late.wait("show")[1] is not None
            assert late.wait("note")[0]["text"] == said
        page.send(type="set", name="mood", value="calm")
        page.wait("show")
        page.wait("note", text="")


def test_a_slow_page_is_sent_the_newest_of_each_kind() -> None:
    async def collect() -> list[str | bytes]:
        outbox, sent = live.Outbox(), list[str | bytes]()

        class Connection:
            async def send(self, message: str | bytes) -> None:
                sent.append(message)
                await asyncio.sleep(0)

        for kind, message in (("show", "a"), ("state", "b"), ("show", "c"), ("state", "d"), ("note", "e")):
            outbox.put(kind, message)
        task = asyncio.create_task(outbox.empty_into(Connection()))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        task.cancel()
        return sent

    assert asyncio.run(collect()) == ["c", "d", "e"]


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} cannot be used") as refusal:
            live.bind(port)
    assert "\n" not in str(refusal.value)
    with pytest.raises(UserError, match="cannot be used"):
        live.bind(99_999)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["perceptronn"], "perceptron"),
        (["perceptron", "--theme", "transparent"], "has no ground"),
        (["perceptron", "--lang", "xx"], "'xx' is not known"),
        (["perceptron", "--sentence", "a cat"], "takes no --sentence"),
        (["perceptron", "--model", "my.py:net"], "--model my.py:net --input x.npy"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(main, ["live", *arguments])
    assert result.exit_code == 2 and says in result.output and result.output.count("\n") == 1


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("body", "says"), [("iter(())", "no beats"), ("1 / 0", "line 5: ZeroDivisionError")])
def test_a_scene_that_shows_nothing_is_one_line(tmp_path: Path, streams: bool, body: str, says: str) -> None:
    (tmp_path / "one.py").write_text(
        "from nnanim.movie import StoryScene\nclass One(StoryScene):\n"
        f"    live_streams = {streams}\n    def story(self, example):\n        return {body}\n"
    )
    result = CliRunner().invoke(main, ["live", str(tmp_path / "one.py"), "--no-browser"])
    assert result.exit_code == 2 and says in result.output and result.output.count("\n") == 1


def test_without_websockets_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(main, ["live", "perceptron"])
    assert result.exit_code == 2 and "pip install 'nnanim[live]'" in result.output


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is sent as a signal")
def test_the_command_serves_a_file_until_it_is_stopped() -> None:
    command = [sys.executable, "-m", "nnanim.cli", "live", live_scenes.__file__, "Adder", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=30) as page:
            assert b"live.js" in page.read()
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=30)
        assert process.returncode == 0 and rest == "" and said == "Ctrl+C ends it\n"
    finally:
        process.kill()
