"""How large the page of a film is: bytes are the same everywhere."""

from __future__ import annotations

from pathlib import Path

from nnanim import words
from nnanim.film.job import FilmJob
from nnanim.film.vectors import write_vectors


def test_the_perceptrons_page_is_small_in_both_languages_and_themes(tmp_path: Path) -> None:
    looks = {"langs": tuple(words.LANGUAGES), "themes": ("dark", "light")}
    job = FilmJob("it", str(tmp_path), "perceptron", printer="page", **looks)  # type: ignore[arg-type]
    page = tmp_path / write_vectors(job).film
    assert page.stat().st_size <= 210_000
