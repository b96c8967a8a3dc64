"""What is used of manim beyond its public names, in one place: look here first after an upgrade."""

from __future__ import annotations

from manim._config.video_encoder import VideoEncoderSpec
from manim.cli.render.commands import render as manim_command
from manim.constants import RendererType
from manim.mobject.types.image_mobject import AbstractImageMobject
from manim.scene.scene_file_writer import SceneFileWriter
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from manim.utils.exceptions import EndSceneEarlyException

__all__ = [
    "CHECKED_WITH",
    "AbstractImageMobject",
    "EndSceneEarlyException",
    "RendererType",
    "SceneFileWriter",
    "VideoEncoderSpec",
    "VideoSegmentEncoder",
    "manim_command",
]

CHECKED_WITH = ("0.22",)
"""Versions of manim with which these names, and what is overridden of their classes, were checked."""
