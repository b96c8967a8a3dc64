"""The story of retrieval: a fact is found, pasted in front of the question, and read."""

from nnanim.stories.rag.run import Answer, Retrieval, Search
from nnanim.stories.rag.story import rag

__all__ = ["Answer", "Retrieval", "Search", "rag"]
