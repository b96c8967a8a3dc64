"""Write the UCI data files from the copies inside scikit-learn: ``python -m nnanim.training.uci``.

Only needed to check or renew the shipped files; nnanim itself never needs scikit-learn.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np

from nnanim.data import digits, iris
from nnanim.files import atomic, write_text


def write_iris(path: Path = iris.PATH) -> None:
    """Fisher's 150 flowers, in scikit-learn's order, a header of feature names above them."""
    lines = (files("sklearn.datasets.data") / "iris.csv").read_text(encoding="utf-8").splitlines()
    header = ",".join([*iris.FEATURES, "species"])
    write_text(path, "\n".join([header, *lines[1:]]) + "\n")


def write_digits(path: Path = digits.PATH) -> None:
    """The 1,797 digits, pixels 0..16 as bytes, compressed."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = bunch.images.astype(np.uint8)
    with atomic(path) as temporary:
        np.savez_compressed(temporary, images=images, labels=bunch.target.astype(np.uint8))


if __name__ == "__main__":
    write_iris()
    write_digits()
