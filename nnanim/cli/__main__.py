"""``python -m nnanim.cli`` is ``nnanim``."""

from nnanim.cli import main

main(prog_name="nnanim")
