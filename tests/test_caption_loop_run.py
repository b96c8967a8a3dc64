"""Runs of the caption loop in folders: killed, stopped, out of room, mixed up; many; the command line."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from nnanim.caption_loop import read_loop, writer
from nnanim.caption_loop.backends import LoopModels
from nnanim.caption_loop.run import LoopSettings, resume, run
from nnanim.cli import main
from nnanim.errors import UserError

LENGTH = 60

TOY = """
import sys, time
import numpy as np
from nnanim.caption_loop.backends import LoopModels
from nnanim.caption_loop.run import LoopSettings, run

SIDE = 16


def paint(prompt, seed):
    \"\"\"A picture made of chance that the sentence and the seed decide.\"\"\"
    number = (int(prompt.split()[-1]) * 7 + 1) % 1009
    picture = np.random.default_rng((number, seed)).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    picture[0, 0, :2] = divmod(number, 256)
    time.sleep(PAUSE)
    return picture


paint.side = SIDE
PAUSE = float(sys.argv[3]) if len(sys.argv) > 3 and __name__ == "__main__" else 0.0


def describe(picture):
    return f"number {int(picture[0, 0, 0]) * 256 + int(picture[0, 0, 1])}"


def models(about="toy"):
    told = {"painter": {"name": about}, "captioner": {"name": "toy"}, "languages": [], "side": SIDE,
            "embedding": {"name": "pixels", "width": 768}, "choice": None}
    from nnanim.caption_loop.loop import embed_pixels
    return LoopModels(paint, (describe,), embed_pixels, told)


def start():
    picture = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    return picture


if __name__ == "__main__":
    print("ready", flush=True)
    for one in run(start(), sys.argv[1], LoopSettings(seed=3, rounds=int(sys.argv[2])), models()):
        pass
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("toy") / "toy.py"
    file.write_text(TOY, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def toy(script: Path) -> Any:
    """The module of a toy painter and captioner."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("toy", script)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NNANIM_TRACEBACK", raising=False)
    return tmp_path


def nnanim(*args: str) -> Result:
    return CliRunner().invoke(main, ["loop", *args])


def content(folder: Path) -> dict[str, Any]:
    """All that a folder holds, but for the times."""
    found: dict[str, Any] = {
        file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in (".png", ".f32")
    }
    for name in ("config.json", "end.json"):
        found[name] = json.loads((folder / name).read_text(encoding="utf-8"))
    lines = (folder / "rounds.jsonl").read_text(encoding="utf-8")
    found["rounds.jsonl"] = re.sub(r'"seconds": [\d.e-]+', "", lines)
    return found


def all_rounds(toy: Any, folder: Path, **options: Any) -> list[Any]:
    return list(
        run(toy.start(), folder, LoopSettings(**{"seed": 3, "rounds": LENGTH, **options}), toy.models())
    )


def test_a_run_is_read_back_from_its_folder(toy, here):
    rounds = all_rounds(toy, here / "run", rounds=5)
    saved = read_loop(here / "run")
    assert saved.config["seed"] == 3
    assert saved.end == rounds[-1].end
    for one, other in zip(rounds, saved.rounds, strict=True):
        assert np.array_equal(one.picture, other.picture)
        assert np.array_equal(one.embedding, other.embedding)
        same = ("number", "caption", "prompt", "similarity_first", "similarity_last", "seed", "end")
        assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    assert sorted(file.name for file in (here / "run").iterdir()) == [
        *(f"{number:05d}.png" for number in range(6)),
        *("config.json", "embeddings.f32", "end.json", "rounds.jsonl", "sheet.png"),
    ]


def lines_in(folder: Path) -> int:
    file = folder / "rounds.jsonl"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def test_killed_at_any_moment_it_goes_on_and_ends_the_same(toy, script, here):
    all_rounds(toy, here / "whole")
    chance = random.Random(0)
    for further in (0, 1, 4, 2, 6, 3):
        process = subprocess.Popen(
            [sys.executable, str(script), str(here / "torn"), str(LENGTH), "0.02"], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        wanted = lines_in(here / "torn") + further
        while lines_in(here / "torn") < wanted and process.poll() is None:
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.04))
        process.kill()
        process.wait()
        process.stdout.close()
        assert process.returncode == -9, "it ended before it was killed"
    assert 16 <= lines_in(here / "torn") < LENGTH
    list(run(toy.start(), here / "torn", LoopSettings(seed=3, rounds=LENGTH), toy.models()))
    assert content(here / "torn") == content(here / "whole")


@pytest.mark.parametrize("cut", [1, 20, 60, 10_000])
def test_a_torn_last_line_does_not_count(toy, here, cut):
    all_rounds(toy, here / "whole", rounds=8)
    all_rounds(toy, here / "torn", rounds=8)
    file = here / "torn" / "rounds.jsonl"
    last = file.read_bytes().rstrip(b"\n").rfind(b"\n") + 1
    file.write_bytes(file.read_bytes()[: max(last, file.stat().st_size - cut)])
    (here / "torn" / "end.json").unlink()
    (here / "torn" / ".nnanim-0a0a0a0a-1-00ff.png").write_bytes(b"half a picture")
    assert len(read_loop(here / "torn").rounds) == 8
    list(resume(here / "torn", models=toy.models()))
    assert content(here / "torn") == content(here / "whole")


def test_a_run_that_is_seen_otherwise_goes_on_as_it_began(toy, here):
    upright = [one.caption for one in all_rounds(toy, here / "upright", rounds=6)]
    whole = [one.caption for one in all_rounds(toy, here / "whole", rounds=6, seen="upside down")]
    assert whole != upright
    assert read_loop(here / "whole").config["seen"] == "upside down"
    for one in read_loop(here / "whole").rounds:
        assert one.caption == toy.describe(one.picture[::-1, ::-1])
    all_rounds(toy, here / "torn", rounds=3, seen="upside down")
    list(resume(here / "torn", rounds=6, models=toy.models()))
    assert content(here / "torn") == content(here / "whole")


def test_a_folder_that_does_not_say_how_it_is_seen_is_upright(toy, here):
    whole = all_rounds(toy, here / "whole", rounds=5)
    all_rounds(toy, here / "old", rounds=2)
    config = json.loads((here / "old" / "config.json").read_text(encoding="utf-8"))
    del config["seen"]
    (here / "old" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert list(run(toy.start(), here / "old", LoopSettings(seed=3, rounds=2), toy.models())) == []
    rest = list(resume(here / "old", rounds=5, models=toy.models()))
    assert [one.caption for one in rest] == [one.caption for one in whole[3:]]


@pytest.mark.parametrize("call", ["picture", "row", "line"])
def test_a_full_disk_ends_it_with_what_is_there(toy, here, monkeypatch, call):
    all_rounds(toy, here / "whole", rounds=8)
    full = OSError(errno.ENOSPC, "No space left on device")
    original, count = writer._write, [0]

    def writes(handle: Any, data: bytes) -> None:
        count[0] += 1
        if call != "picture" and count[0] > 9 + (call == "line"):
            handle.write(data[: len(data) // 2])
            raise full
        original(handle, data)

    def draws(picture: Any, path: Path, sync: bool, keep: Any = writer.write_picture) -> None:
        if call == "picture" and path.name == "00005.png":
            raise full
        keep(picture, path, sync=sync)

    with monkeypatch.context() as patch:
        patch.setattr(writer, "_write", writes)
        patch.setattr(writer, "write_picture", draws)
        with pytest.raises(
            UserError, match=r"round [45] cannot be written.*No space left.*rounds 0 to .*resume"
        ):
            all_rounds(toy, here / "full", rounds=8)
    saved = read_loop(here / "full")
    assert saved.end.kind == "failed"
    assert (here / "full" / "rounds.jsonl").read_bytes().count(b"\n") == len(saved.rounds)
    assert (here / "full" / "embeddings.f32").stat().st_size == saved.embeddings.nbytes
    assert (here / "full" / "rounds.jsonl").read_bytes().endswith(b"\n")
    list(resume(here / "full", models=toy.models()))
    assert content(here / "full") == content(here / "whole")


def test_a_real_full_disk(toy, here):
    small = Path("/dev/full")
    if not small.exists():
        pytest.skip("this system has no /dev/full")
    rounds = run(toy.start(), here / "run", LoopSettings(seed=3, rounds=8), toy.models())
    next(rounds)
    rounds.close()
    (here / "run" / "embeddings.f32").rename(here / "kept")
    (here / "run" / "embeddings.f32").symlink_to(small)
    with pytest.raises(UserError):
        list(resume(here / "run", models=toy.models()))
    (here / "run" / "embeddings.f32").unlink()
    (here / "kept").rename(here / "run" / "embeddings.f32")
    assert len(list(resume(here / "run", models=toy.models()))) == 8


def test_a_painter_that_fails_on_round_7_loses_nothing(toy, here):
    all_rounds(toy, here / "whole", rounds=12)
    calls = [0]

    def paints(prompt: str, seed: int) -> Any:
        calls[0] += 1
        if calls[0] == 7:
            raise RuntimeError("CUDA went away")
        return toy.paint(prompt, seed)

    bad = LoopModels(paints, (toy.describe,), toy.models().embed, toy.models().about)
    with pytest.raises(
        UserError, match="round 7: the painter failed: RuntimeError: CUDA went away; rounds 0 to 6"
    ):
        list(run(toy.start(), here / "run", LoopSettings(seed=3, rounds=12), bad))
    saved = read_loop(here / "run")
    assert len(saved.rounds) == 7
    assert saved.end is not None and "CUDA went away" in saved.end.says
    list(resume(here / "run", models=toy.models()))
    assert content(here / "run") == content(here / "whole")


def test_stopped_it_says_so_and_goes_on(toy, here):
    rounds = run(toy.start(), here / "run", LoopSettings(seed=3, rounds=9), toy.models())
    for _ in range(4):
        next(rounds)
    rounds.close()
    assert read_loop(here / "run").end.kind == "stopped"
    assert [one.number for one in resume(here / "run", models=toy.models())] == [4, 5, 6, 7, 8, 9]
    assert list(resume(here / "run", models=toy.models())) == []
    assert [one.number for one in resume(here / "run", rounds=11, models=toy.models())] == [10, 11]
    assert read_loop(here / "run").end.kind == "limit"


def test_a_closed_cycle_stays_closed(toy, here):
    question = LoopSettings(seed=3, rounds=2000)
    walk = LoopModels(lambda prompt, seed: paint_mod(toy, prompt), (toy.describe,), toy.models().embed,
                    toy.models().about)  # fmt: skip
    end = list(run(toy.start(), here / "run", question, walk))[-1].end
    assert (end.kind, end.length) == ("cycle", 4)
    assert list(resume(here / "run", rounds=3000, models=walk)) == []
    assert read_loop(here / "run").end == end


def paint_mod(toy: Any, prompt: str) -> Any:
    picture = toy.start()
    picture[0, 0, 1] = (int(prompt.split()[-1]) * 3 + 1) % 10
    return picture


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"seed": 4}, "its seed is 3, not 4"),
        ({"noise": "fresh"}, "its noise is 'fixed', not 'fresh'"),
        ({"caption": "first phrase"}, "its caption is 'full'"),
        ({"negative_prompt": "fog"}, "its negative_prompt is None, not 'fog'"),
        ({"seen": "mirrored"}, "its seen is 'upright', not 'mirrored'"),
    ],
)
def test_the_folder_of_another_run_is_refused(toy, here, changes, line):
    all_rounds(toy, here / "run", rounds=2)
    with pytest.raises(UserError, match=line):
        all_rounds(toy, here / "run", rounds=2, **changes)
    with pytest.raises(UserError, match="painter is toy, not other"):
        run(toy.start(), here / "run", LoopSettings(seed=3, rounds=2), toy.models("other"))
    with pytest.raises(UserError, match="another start picture"):
        run(toy.start() + 1, here / "run", LoopSettings(seed=3, rounds=2), toy.models())


def test_a_folder_with_other_files_is_refused(toy, here):
    (here / "mine").mkdir()
    (here / "mine" / "thesis.txt").touch()
    with pytest.raises(UserError, match=r"holds other files \(thesis\.txt\)"):
        all_rounds(toy, here / "mine")
    (here / "file").touch()
    with pytest.raises(UserError, match="is a file"):
        all_rounds(toy, here / "file")


def test_two_processes_do_not_write_to_one_folder(toy, here):
    pytest.importorskip("fcntl")
    rounds = run(toy.start(), here / "run", LoopSettings(seed=3, rounds=9), toy.models())
    next(rounds)
    with pytest.raises(UserError, match="another process is writing"):
        next(resume(here / "run", models=toy.models()))
    rounds.close()


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("config.json", b"{", "config.json: not valid JSON"),
        ("config.json", b"[]", "config.json: expected `object`, got `array`"),
        (
            "config.json",
            b'{"what": "caption loop", "format": 99}',
            "config.json: format: 99; this nnanim reads 1",
        ),
        (
            "rounds.jsonl",
            b'{"round": 0, "prompt": "a"}\nnonsense\n{}\n',
            "rounds.jsonl, line 1: object missing required field `picture`",
        ),
        ("config.json", b'{"seen": "sideways"', "config.json: seen: "),
        ("config.json", b'{"seen": 180', "config.json: seen: "),
        ("rounds.jsonl", b"", "holds no round yet"),
        ("embeddings.f32", b"abc", "shorter than 3 rows"),
        ("end.json", b"nonsense", "end.json: not valid JSON"),
        ("00001.png", b"nonsense", "00001.png is not a picture"),
    ],
)
def test_a_damaged_folder_is_told_in_a_line(toy, here, name, data, line):
    all_rounds(toy, here / "run", rounds=2)
    if data.startswith(b'{"seen"'):
        whole = json.loads((here / "run" / name).read_text(encoding="utf-8"))
        data = json.dumps(whole | json.loads(data + b"}")).encode()
    (here / "run" / name).write_bytes(data)
    with pytest.raises(UserError, match=line) as told:
        read_loop(here / "run")
    assert "\n" not in str(told.value)


def test_what_is_not_there_is_told(here):
    for folder, line in (("none", "there is no folder none"), (".", "there is no caption loop in")):
        with pytest.raises(UserError, match=line):
            read_loop(folder)


def test_the_command_line_runs_resumes_and_shows(here):
    assert nnanim("start", "--caption", "a large red cat, in the snow", "--out", "cat.png").exit_code == 0
    short = ("--steps", "2", "--guidance", "0.2", "--seed", "3", "--out", "run")
    begun = nnanim("--rounds", "2", "cat.png", "--noise", "fresh", *short)
    assert begun.exit_code == 0, begun.output
    assert begun.output.startswith("0: a large red cat, in the middle, in the snow, plain\n1: ")
    assert "the limit" in begun.output
    again = nnanim("resume", "run", "--rounds", "3")
    assert again.output.startswith("3: ")
    shown = nnanim("show", "run")
    assert "a large red cat" in shown.output and "like the first" in shown.output
    assert read_loop("run").config["choice"]["guidance"] == 0.2


def test_the_command_line_holds_pictures_upside_down(here):
    nnanim("start", "--doodle", "smiley", "--out", "smiley.png")
    asked = ("smiley.png", "--steps", "1", "--rounds", "1", "--out", "run")
    begun = nnanim(*asked, "--seen", "upside-down")
    assert begun.exit_code == 0, begun.output
    assert read_loop("run").config["seen"] == "upside down"
    other = nnanim(*asked)
    assert other.exit_code == 2 and "its seen is 'upside down', not 'upright'" in other.stderr


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["none.png"], "there is no picture none.png"),
        (["resum", "x"], "nearest: 'resume'"),
        (["text.png"], "text.png is not a picture"),
        (["cat.png", "--nois", "fresh"], "there is no option --nois; nearest: '--noise'"),
        (["cat.png", "--noise", "frsh"], "noise='frsh'"),
        (["cat.png", "--caption", "ful"], "nearest: 'full'"),
        (["cat.png", "--seen", "upside-dwn"], "nearest: 'upside down'"),
        (["cat.png", "--lang", "jp"], "speaks no 'jp'"),
        (["cat.png", "--painter", "./none"], "there is no folder ./none"),
        (["resume", "none"], "there is no folder none"),
        (["show", "."], "there is no caption loop"),
        (["start"], "one of --caption"),
        (["start", "--doodle", "robt"], "nearest: 'robot'"),
        (["start", "--caption", "a large moody cat"], "does not know the word 'moody'"),
        (["start", "--world", "1", "--side", "65"], "a multiple of 16"),
        (["start", "--world", "1", "--out", "x.gif"], "written as .png"),
        (["many", "--out", "x"], "either start pictures or --world"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(here, args, line):
    nnanim("start", "--caption", "a red cat", "--out", "cat.png")
    (here / "text.png").write_text("hello", encoding="utf-8")
    result = nnanim(*args)
    assert result.exit_code == 2
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_many_starts_give_a_map_of_their_ends(here):
    for name, caption in (("cat", "a red cat"), ("fish", "a blue fish, at night")):
        nnanim("start", "--caption", caption, "--out", f"photos/{name}.png")
    (here / "photos" / "bad.png").write_text("hello", encoding="utf-8")
    pictures = [f"photos/{name}.png" for name in ("cat", "bad", "fish")]
    result = nnanim(
        "many", *pictures, "--rounds", "4", "--steps", "1", "--guidance", "2", "--out", "ends", "--jobs", "2"
    )
    assert result.exit_code == 2
    assert "1 of 3 starts failed: bad: photos/bad.png is not a picture" in result.stderr
    data = json.loads((here / "ends" / "data.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in data["starts"]] == ["cat", "fish"]
    assert list(data["failed"]) == ["bad"]
    assert sum(data["lengths"].values()) == 2
    assert "| cat | a " in (here / "ends" / "ends.md").read_text(encoding="utf-8")
    assert (here / "ends" / "ends.png").stat().st_size > 1000
    for one in data["starts"]:
        assert read_loop(here / "ends" / one["name"]).end.kind == one["end"]["kind"]


def test_basins_hold_the_starts_that_end_in_one_cycle():
    from nnanim.caption_loop.attractors import Outcome, find_attractors
    from nnanim.caption_loop.batch import format_table, name_starts
    from nnanim.caption_loop.loop import LoopEnd

    cycle = LoopEnd("cycle", 2, 1)
    outcomes = [
        Outcome("a", cycle, 3, "x", ("p", "q")), Outcome("b", cycle, 4, "y", ("p", "q")),
        Outcome("c", LoopEnd("limit"), 9, "z", ()),
        Outcome("d", LoopEnd("fixed point", 1, 0), 1, "w", ("r",)),
    ]  # fmt: skip
    assert [(ring, [one.name for one in there]) for ring, there in find_attractors(outcomes)] == [
        (("p", "q"), ["a", "b"]),
        (("r",), ["d"]),
    ]
    assert "| cycle of 2 | 2 | 50% | 1.0 | 1 |" in format_table(outcomes, {})
    assert list(name_starts([Path("a/x.png"), Path("b/x.jpg")])) == ["x", "x-2"]


def test_the_pictures_of_a_cycle_stand_in_the_order_of_its_sentences(toy, here):
    from nnanim.caption_loop.attractors import cycle_rounds, write_map
    from nnanim.caption_loop.batch import read_outcomes

    walk = LoopModels(lambda prompt, seed: paint_mod(toy, prompt), (toy.describe,), toy.models().embed,
                    toy.models().about)  # fmt: skip
    starts = [toy.start() for _ in range(3)]
    for number, picture in enumerate(starts):
        picture[0, 0, 1] = 2 * number
        list(run(picture, here / "ends" / f"s{number}", LoopSettings(seed=3, rounds=20), walk))
    found = read_outcomes(here / "ends")
    assert len({one.cycle for one in found}) == 2
    for one in found:
        rounds = read_loop(here / "ends" / one.name).rounds
        assert tuple(rounds[number].caption for number in cycle_rounds(here / "ends", one)) == one.cycle
    assert write_map(here / "ends", found).exists()


@pytest.mark.filterwarnings("ignore")
def test_many_starts_on_a_dask_cluster(here):
    distributed = pytest.importorskip("distributed")
    nnanim("start", "--caption", "a red cat", "--out", "cat.png")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        args = ("--rounds", "2", "--steps", "1", "--out", "ends", "--scheduler", cluster.scheduler_address)
        result = nnanim("many", "cat.png", *args)
        assert result.exit_code == 0, result.output
    nnanim("cat.png", "--rounds", "2", "--steps", "1", "--out", "alone")
    assert content(here / "ends" / "cat").keys() >= {"config.json", "rounds.jsonl", "00000.png"}
    away, alone = read_loop(here / "ends" / "cat"), read_loop(here / "alone")
    assert [one.caption for one in away.rounds] == [one.caption for one in alone.rounds]
    assert away.end == alone.end


def test_ctrl_c_ends_a_run_whole(here):
    nnanim("start", "--caption", "a red cat", "--out", "cat.png")
    code = "import sys; from nnanim.cli import main; main(sys.argv[1:])"
    args = ["loop", "cat.png", "--noise", "fresh", "--rounds", "10000", "--steps", "1", "--out", "run"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(2)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines() == ["nnanim: stopped; what was finished before is whole"]
    assert read_loop("run").end.kind == "stopped"
