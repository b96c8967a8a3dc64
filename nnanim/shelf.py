"""Files that come with nnanim and are called by name: scenes and lessons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnanim.errors import UserError, nearest

HOME = Path(__file__).parent


@dataclass(frozen=True)
class Shelf:
    """The files of one kind.

    Attributes:
        kind: what one is called; with an s, the name of their folder in a checkout.
        suffix: how their names end, and those of the user's own.
    """

    kind: str
    suffix: str

    def folder(self) -> Path:
        """The folder of those that come with nnanim: in a checkout, or inside an installed package.

        Raises:
            UserError: neither is there.
        """
        for place in (HOME / f"_{self.kind}s", HOME.parent / f"{self.kind}s"):
            if place.is_dir():
                return place
        raise UserError(f"the {self.kind}s that come with nnanim are not there; install it again")

    def names(self) -> list[str]:
        """Names of those that come with nnanim."""
        files = self.folder().glob(f"*{self.suffix}")
        return sorted(path.stem for path in files if not path.stem.startswith("_"))

    def path(self, name: str) -> Path:
        """The file of a name, or any file that ends as these do.

        Raises:
            UserError: there is none.
        """
        if name.endswith(self.suffix):
            if not Path(name).is_file():
                raise UserError(f"there is no file {name!r}")
            return Path(name)
        if name not in self.names():
            raise UserError(
                f"there is no {self.kind} {name!r}{nearest(name, self.names())}; "
                f"a {self.kind} of yours ends in {self.suffix}"
            )
        return self.folder() / f"{name}{self.suffix}"
