"""Models of Hugging Face's libraries: diffusers' pipelines driven step by step, and how models are loaded."""
