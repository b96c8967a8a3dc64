"""How the cost grows with the edges of a layer: set-up, manim's hash of a play call, one frame.

python benchmarks/growth.py [--runs 5] [--quick]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time

from _measure import medians, once, table, write

SIDES = (4, 16, 32, 48, 64, 128, 256, 318)


def measure(side: int, frames: int = 8) -> dict[str, float]:
    """CPU seconds in this process, in 1080p, for ``side`` × ``side`` edges."""
    import _networks
    from manim import tempconfig
    from manim.utils.hashing import get_hash_from_play_call

    from nnanim.movie import StoryScene
    from nnanim.movie.cairo_backend import paint, surface
    from nnanim.movie.ink import Ink
    from nnanim.movie.phase_animation import PhaseAnimation

    _networks.SIZES[0] = (side, side)
    _, context = surface(1920, 1080, (128 / 9, 8.0))
    _, small = _networks.flowing(9)
    for shapes in small.at(0.5).values():
        paint(context, shapes)  # the compiled loops are loaded
    with tempfile.TemporaryDirectory() as media, tempconfig({"media_dir": media, "dry_run": True}):
        scene = StoryScene()
        cpu = time.process_time()
        take, phase = _networks.flowing(0)
        seen = {**phase.resting, **phase.moving(0.0)}
        inks = {key: Ink(key, shapes, (-7, 7, -4, 4), take.frame) for key, shapes in seen.items()}
        setup = time.process_time() - cpu
        cpu = time.process_time()
        play = PhaseAnimation({key: inks[key] for key in phase.moving(0.0)}, phase, 1.0)
        more = {"backend": "cairo", "encoder_fingerprint": "none", "renderer_state": ()}
        get_hash_from_play_call(scene, scene.camera, [play], list(inks.values()), **more)
        hashed = time.process_time() - cpu
    cpu = time.process_time()
    for shapes in phase.resting.values():
        paint(context, shapes)
    still = time.process_time() - cpu
    cpu = time.process_time()
    for i in range(frames):
        for shapes in phase.moving((i + 0.5) / frames).values():
            paint(context, shapes)
    return {"setup": setup, "hash": hashed, "still": still, "frame": (time.process_time() - cpu) / frames}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one run")
    parser.add_argument("--once", type=int, metavar="SIDE", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.once)))
        return
    rows = []
    for side in SIDES:
        found = medians([once(__file__, side) for _ in range(1 if asked.quick else asked.runs)])
        figures = [f"{1000 * found[name]:.1f} ms" for name in ("setup", "hash", "still", "frame")]
        rows.append([f"{side * side:,}", *figures])
    text = (
        "One layer, 1920 × 1080. *Set-up* places the marks and finds all that moves; *hash* is manim's "
        "name of "
        "the play call, by which it finds clips that it has; *resting* is painted once a phase; *a frame* "
        "is what "
        "moves: all signals, and the neurons that they light."
    )
    write("growth", "Growth", text, table(["edges", "set-up", "hash", "resting", "a frame"], rows))


if __name__ == "__main__":
    main()
