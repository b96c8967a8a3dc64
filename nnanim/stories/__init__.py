"""Stories: one file a concept. A story is a plain function from a trace to beats, in English and Japanese."""
