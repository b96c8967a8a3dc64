"""Known things: steps of a run that together compute something that has a name."""

from nnanim.structure.known.fold import find_known as find_known
from nnanim.structure.known.fold import fold_known as fold_known
from nnanim.structure.known.thing import Known as Known
