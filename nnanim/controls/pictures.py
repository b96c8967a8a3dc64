"""Pictures that may be given: drawn with a mouse or a finger, or from a file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Any, ClassVar

import numpy as np

from nnanim.controls.base import Control, Floats, check_table, decode_bytes
from nnanim.errors import UserError

MAX_BYTES = 8_000_000
"""Maximum size of a picture that is handed over."""


@dataclass(frozen=True, eq=False)
class Sketch(Control):
    """Something drawn with a mouse or a finger: (rows, columns) of 0, paper, to 1, ink."""

    rows: int = 32
    columns: int = 32
    value: Any = None
    kind: ClassVar[str] = "sketch"

    def start(self, lang: str) -> Floats:
        """The drawing given, or blank paper."""
        blank = np.zeros((self.rows, self.columns))
        return blank if self.value is None else np.asarray(self.value, dtype=np.float64)

    def check(self, value: Any) -> Floats:
        """Bytes from 0 to 255 in reading order, as base64, or numbers from 0 to 1 in rows."""
        count = self.rows * self.columns
        if isinstance(value, str):
            pixels = np.frombuffer(decode_bytes(value, 2 * count), dtype=np.uint8) / 255.0
            if len(pixels) != count:
                raise UserError(f"a drawing of {len(pixels)} points; {self.rows} × {self.columns} wanted")
            return pixels.reshape(self.rows, self.columns)
        return check_table(value, (self.rows, self.columns), 0.0, 1.0)

    def show(self, value: Any) -> str:
        """Bytes from 0 to 255, as base64."""
        return base64.b64encode(np.round(np.asarray(value) * 255).astype(np.uint8).tobytes()).decode()

    def describe(self, lang: str) -> dict[str, Any]:
        """Its size."""
        return {**super().describe(lang), "rows": self.rows, "columns": self.columns}


@dataclass(frozen=True, eq=False)
class Upload(Control):
    """A picture from a file, (height, width, 3), 0..1, cut to its middle square of ``side`` pixels."""

    side: int = 64
    kind: ClassVar[str] = "upload"

    def start(self, lang: str) -> None:
        """No picture."""
        return

    def check(self, value: Any) -> Floats | None:
        """The bytes of a picture file, as base64; None takes it back."""
        if value is None:
            return None
        from PIL import Image

        from nnanim.images import FORMATS, load_picture

        content = decode_bytes(value, MAX_BYTES)
        try:
            with Image.open(BytesIO(content), formats=FORMATS) as opened:
                return load_picture(opened, self.side) / 255.0
        except UserError:
            raise
        except Exception as error:  # what a damaged picture raises has no common type
            raise UserError("it is no picture that can be read") from error

    def show(self, value: Any) -> bool:
        """Whether there is a picture."""
        return value is not None
