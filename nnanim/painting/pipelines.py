"""Stable Diffusion pipelines from a local folder."""

from __future__ import annotations


class Pipeline:
    pass


def pipeline(path):
    raise NotImplementedError
