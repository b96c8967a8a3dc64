"""How many rows that a network has not learnt from it gets right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars
from nnanim.trace import Trace
from nnanim.words import Words, fill

CERTAIN: Words = {
    "en": "mean probability of the true class, in the test",
    "ja": "テストでの、正解のクラスの確率の平均",
}


def tell_test(trace: Trace, classes: Sequence[Words], truth: Sequence[int], source: str) -> Beat:
    """The last beat of a film about a table: of the rows held out, how many are right.

    Beside it stands how sure the network is of the true class, for each of them.

    Args:
        trace: of all rows that were held out; its ``output`` is (rows, classes).
        classes: names of the outputs.
        truth: (rows,) index of each row's true class.
        source: key of a mark of the beat before, out of which the bars come.

    Raises:
        UserError: there is not one true class for each row.
    """
    shares, true = np.asarray(trace["output"], dtype=float), np.asarray(truth)
    answers = shares.argmax(axis=1)
    if len(true) != len(answers):
        raise UserError(f"tell_test() wants a true class for each of {len(answers)} rows, not {len(true)}")
    right = answers == true
    certain = shares[np.arange(len(true)), true]
    kinds = [kind for kind in range(len(classes)) if (true == kind).any()]
    bars = Bars(
        np.array([certain[true == kind].mean() for kind in kinds]), tuple(classes[kind] for kind in kinds),
        key="certain", limit=1.0, percent=True, digits=0, label=CERTAIN,
    )  # fmt: skip
    said = {
        "en": "The test, with rows that it did not learn from: {k} of {n} right.",
        "ja": "学習に使わなかった行でテスト。{n} 行のうち {k} 行が正解です。",
    }
    return Beat(fill(said, k=int(right.sum()), n=len(right)), bars, id="test", born={"certain": From(source)})
