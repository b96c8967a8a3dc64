"""Files that come with nnanim and are called by name: scenes and lessons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnanim.errors import UserError, nearest, quote

HOME = Path(__file__).parent


def check_no_model(name: str) -> None:
    """Say which command tells a model, where a scene is wanted.

    Raises:
        UserError: the name is a model's.
    """
    file, _, model = name.rpartition(":")
    if file.endswith(".py") and model.isidentifier():
        raise UserError(
            f"{quote(name)} is a model: nnanim network {name} --input x.npy; or, as the scene network, "
            f"nnanim movie network --model {name} --input x.npy (still, play, live and deck alike)"
        )


@dataclass(frozen=True)
class Shelf:
    """The files of one kind.

    Attributes:
        kind: what one is called; with an s, the name of their folder in a checkout.
        suffix: how their names end, and those of the user's own.
        short: name of a folder in theirs that holds short ones, which are called by name, too.
    """

    kind: str
    suffix: str
    short: str = ""

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

    def short_names(self) -> list[str]:
        """Names of the short ones among those that come with nnanim."""
        files = (self.folder() / self.short).glob(f"*{self.suffix}") if self.short else ()
        return sorted(path.stem for path in files if not path.stem.startswith("_"))

    def has(self, file: Path) -> bool:
        """Whether a file is one of those that come with nnanim."""
        return self.folder().resolve() in file.resolve().parents

    def path(self, name: str) -> Path:
        """The file of a name, or any file that ends as these do.

        Raises:
            UserError: there is none; or the name is a model's, as ``my.py:net``.
        """
        check_no_model(name)
        if name.endswith(self.suffix):
            if not Path(name).is_file():
                raise UserError(f"there is no file {name!r}")
            return Path(name)
        known = self.names()
        if name not in known and name in (short := self.short_names()):
            return self.folder() / self.short / f"{name}{self.suffix}"
        if name not in known and Path(f"{name}{self.suffix}").is_file():
            raise UserError(f"there is no {self.kind} {name!r}; did you mean {name}{self.suffix}?")
        if name not in known:
            raise UserError(
                f"there is no {self.kind} {name!r}{nearest(name, [*known, *short])}; "
                f"a {self.kind} of yours ends in {self.suffix}"
            )
        return self.folder() / f"{name}{self.suffix}"
