"""Scenes: what one tells, where its file is, and what it depends on."""
