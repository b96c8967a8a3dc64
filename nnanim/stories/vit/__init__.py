"""The story of the vision transformer: a picture is cut into patches, and read like words."""

from nnanim.stories.vit.run import Learnt, PatchRuns
from nnanim.stories.vit.story import vit

__all__ = ["Learnt", "PatchRuns", "vit"]
