"""``python -m nnanim`` is ``nnanim``."""

from nnanim.cli import main

main(prog_name="nnanim")
