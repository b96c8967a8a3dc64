"""A page that shows films, and nothing else: what the player draws is compared with what cairo draws."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from browser import Browser
from PIL import Image

from nnanim.movie.cairo_backend import paint, surface
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.web.bundle import bundle_player

PAGE = """<!doctype html><meta charset="utf-8"><canvas id="screen"></canvas><script type="module">
{script}
const unpackText = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
window.load = async (text) => { window.film = await decodeAny(unpackText(text)); };
window.fail = async (text, without) => {
  const kept = window[without];
  delete window[without];
  try { await decodeAny(unpackText(text)); return ""; } catch (error) { return error.message; }
  finally { if (without) window[without] = kept; }
};
window.shoot = (cut, seconds, width) => {
  const canvas = document.getElementById("screen"), it = film.cuts[cut];
  const height = Math.round(width * it.height / it.width);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  it.draw(canvas, seconds);
  return canvas.toDataURL("image/png");
};
document.title = "ready";
</script>
"""

PICTURES = """
return film.store.pictures.filter((one) => one).map((one) => {
  const pen = new OffscreenCanvas(one.width, one.height).getContext("2d");
  pen.drawImage(one, 0, 0);
  return [one.width, one.height, [...pen.getImageData(0, 0, one.width, one.height).data]];
});
"""


class Screening:
    """Shows films in a browser."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        page = folder / "screening.html"
        page.write_text(PAGE.replace("{script}", bundle_player("quick")), encoding="utf-8")
        self._browser = browser
        browser.open(page)
        browser.until("document.title === 'ready'")

    def load(self, film: bytes) -> None:
        self._browser.run("return load(arguments[0])", base64.b64encode(film).decode())

    def complaint(self, film: bytes, without: str = "") -> str:
        """What the player says of a film that it cannot read; ``without``: what its browser lacks."""
        text = base64.b64encode(film).decode()
        message: str = self._browser.run("return fail(...arguments)", text, without)
        return message

    def pictures(self) -> list[npt.NDArray[np.uint8]]:
        """(height, width, 4) pictures of the film as the browser has them, but those that it never shows."""
        rows = self._browser.run(PICTURES)
        return [np.array(row, dtype=np.uint8).reshape(h, w, 4) for w, h, row in rows]

    def shoot(self, seconds: float, width: int, cut: int = 0) -> npt.NDArray[np.uint8]:
        """(height, width, 3) what the player draws at a second."""
        url = self._browser.run("return shoot(...arguments)", cut, seconds, width)
        picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
        return np.asarray(picture.convert("RGB"))


def paint_frame(layers: Sequence[Shapes], style: RenderStyle, width: int) -> npt.NDArray[np.uint8]:
    """(height, width, 3) what cairo draws of layers, the lowest first, on the theme's ground."""
    pixels, context = surface(width, round(width * style.height / style.width), (style.width, style.height))
    red, green, blue, _ = style.theme.rgba("ground")
    context.set_source_rgb(blue, green, red)
    context.paint()
    for shapes in layers:
        paint(context, shapes)
    return pixels[..., :3]


def differences(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Mean difference of two pictures, of 255, and the share of pixels that are off by more than 64."""
    # Channel by channel: numpy is slow along an axis of three.
    apart = [np.maximum(a[..., i], b[..., i]) - np.minimum(a[..., i], b[..., i]) for i in range(3)]
    total, most = sum(int(one.sum(dtype=np.int64)) for one in apart), np.maximum.reduce(apart)
    return total / a.size, float((most > 64).mean())
