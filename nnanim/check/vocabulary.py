"""Words that rank, compare and direct, in English and Japanese: what sentences claim in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST = {
    "en": r"\b(wins|winner|highest|largest|biggest|greatest|strongest|longest|best|favou?rite|dominates"
    r"|most (?:likely|probable|certain)|prevails"
    r"|(?:is|comes|ranks|stands|ends) (?:out )?(?:first|on top|in front|ahead)"
    r"|leads(?! to)|tops (?:the|all)|(?:has|gets|holds|reaches) the (?:maximum|most))\b",
    "ja": r"勝ち|勝つ|勝者|最大|最高|最有力|最多|最強|最良|最長|トップ|首位|[一1１]位|本命|先頭|優勢"
    r"|(?:最も|もっとも|一番|いちばん)(?:高|大き|強|長|良|多|確から|確率が高|可能性が高|ありそう)",
}
LEAST = {
    "en": r"\b(lowest|smallest|weakest|shortest|least(?: (?:likely|probable|certain))?|worst"
    r"|(?:is|comes|ranks|stands|ends) last|(?:has|gets) the (?:minimum|fewest))\b",
    "ja": r"最小|最低|最少|最弱|最悪|最短|最下位|びり"
    r"|(?:最も|もっとも|一番|いちばん)(?:低|小さ|弱|短|悪|少な|確率が低|可能性が低)",
}
MORE = {
    "en": r"\b(?:(?:is|are|gets?|has|stays?|ends?|lies|was|were|becomes?) (?:a )?"
    r"(?:much |far |clearly |still |now )?"
    r"(higher|larger|bigger|greater|stronger|longer|more likely|more probable|ahead of|above"
    r"|lower|smaller|weaker|shorter|less likely|less probable|behind|below|under)"
    r"|beats|exceeds|outscores|outweighs|overtakes|surpasses|outranks"
    r"|trails|loses to|falls short of)\b",
    "ja": r"より(?:も)?(?:ずっと|はるかに|まだ|少し)?(?:確率が|可能性が|値が|重みが)?(高|大き|強|長|多|上|低|小さ|弱|短|少な|下)"
    r"|より(?:も)?\s?[^、。]{1,16}?(?:の?(?:ほう|方))?が(?:高|大き|強|長|多|低|小さ|弱|短|少な)"
    r"|を上回|に勝|をしの|を超え|を下回|に負け|に劣|に及ば|に届か",
}
LESS = r"lower|smaller|weaker|shorter|less|behind|below|under|trails|loses|short of|低|小さ|弱|短|少|下|負|劣|及ば|届か"
"""Words of `MORE` that mean less."""

RISES = {
    "en": r"\b(rises?|rose|grows?|grew|climbs?|climbed|increases?|increased|goes up|went up|soars?|gains)\b",
    "ja": r"(?<!仕)(?<!出来)上が[らりるれろっ]|上昇(?!率)|増(?:[えやすし]|大|加(?![率分]))|伸び(?!率)|大きくな|高くな"
    r"|昇[らりるれろっ]",
}
FALLS = {
    "en": r"\b(falls?(?! short)|fell|drops?|dropped|sinks?|sank|decreases?|decreased|shrinks?|shrank"
    r"|goes down|went down|declines?|plunges?)\b",
    "ja": r"下が[らりるれろっ]|下降(?![率法])|低下(?!率)|(?<![加増])減(?:[らりるれろっ]|少(?![率分]))|落ち(?!着)"
    r"|小さくな|低くな|(?<![圧凝短])縮(?:[まみむめん]|小(?!率))",
}
"""Verbs; what is made of them, as the decay of weights (減衰) or a rate of decrease (減少率), says nothing."""

OWN = {
    "en": r"\b(?:where|when|until|at which)\b"
    r"|\b(?:at|after|around|near|in)\s+(?:step|epoch|round|iteration)s?\b",
    "ja": r"(?:最[小低大高]|(?:最も|もっとも|一番|いちばん)[^、。]{1,4}?)(?:に|と|の|で)?(?:な[るっ]た?|い)?"
    r"(?:の)?(?:ところ|所|点|とき|時|ステップ|エポック|回|場所|位置|地点|瞬間|のは)"
    r"|(?:ステップ|エポック)\s*\d+\s*(?:で|に|の)",
}
"""Words for the place where one line has its own extreme: it is compared with itself, not with others."""

BOUNDS = {"en": r"\bat (?:most|least)\b|(?:est|best|worst) (?:first|last)\b",
          "ja": r"最[大小高低](?:でも|限|で(?=\s*[\d±+\-−約]))"}  # fmt: skip
"""Words that bound a number or give an order, and rank nothing."""

TIMES = {
    "en": r"\b(twice|double|half|three times|four times|ten times) (?:as \w+|as \w+ \w+|the \w+)\b",
    "ja": r"の(二|2|２|三|3|３|四|4|４|十|10|１０)倍|の(半分)",
}
FACTORS = {"twice": 2.0, "double": 2.0, "half": 0.5, "three times": 3.0, "four times": 4.0, "ten times": 10.0,
           "二": 2.0, "2": 2.0, "２": 2.0, "三": 3.0, "3": 3.0, "３": 3.0, "四": 4.0, "4": 4.0, "４": 4.0,
           "十": 10.0, "10": 10.0, "１０": 10.0, "半分": 0.5}  # fmt: skip
HALF = {
    "en": (r"\b(?:more than|over|above) half\b|\bthe majority\b", r"\b(?:less than|under|below) half\b"),
    "ja": (r"半分(?:以上|を超|より多|を上回)|過半", r"半分(?:未満|以下|に満た|に届か|より少|を下回)"),
}
"""Words for more, and for less, than half of a whole."""

EQUAL = {
    "en": r"\bequally\b|\b(?:just )?as (?:likely|high|large|big|strong|long) as\b",
    "ja": r"同じ(?:くらい|程度|値|確率|高さ)|等し",
}
"""Two are alike."""

EARLY = {
    "en": r"(?<!than )\b(?:at first|initially|in the beginning|at the (?:start|beginning))\b",
    "ja": r"最初は|はじめは|初めは|始めは|最初のうち",
}
"""Words for the first of several states."""

SIGNS = {
    "en": r"\b(?:all|every|each)\b.*\b(positive|negative)\b",
    "ja": r"(?:すべて|全て|全部|どれも|みな|いずれも)(?:が|は)?(正|プラス|負|マイナス)",
}
"""All values have one sign."""

THEN = {
    "en": r"\bthan (?:before|at first|earlier|last time|at the (?:start|beginning)|in the beginning"
    r"|it was)\b",
    "ja": r"(?:前|さっき|先ほど|以前|はじめ|最初)(?:の\w+)?より",
}
"""What was shown in the beat before."""

KINDS = (
    r"\bweight|重み", r"\bslope|\bgradient|\bderivative|傾き|勾配|微分", r"\binputs?\b|入力", r"\bactivation|活性",
    r"probabilit|確率", r"\bloss|\berror|損失|誤差", r"\bbias|バイアス", r"\bscore|\blogit|スコア|点数",
    r"\bshare|\battention|割合|注意",
)  # fmt: skip
"""Words for kinds of values: a sentence that names one speaks of what is called so."""

SENTENCES = {"en": "the English sentence", "ja": "the Japanese sentence"}
JUDGED = r"\b(wins|winner|best|worst)\b|勝|良|悪"
"""Words that mean the least where less is better."""

NEGATION = {
    "en": r"\b(?:not|never|no longer|neither|nor|without|if|would|could|should|second|third|which|who|what"
    r"|almost|nearly|than expected)\b|n't|\?",
    "ja": r"ない|ません|なく|ずに|もし|なら|[二2２]番|三番|どれ|どの|どちら|か。|か$|でしょう|？|ほぼ|ほとんど",
}
CLAUSES = {"en": r"[.;,:…—!]|\bbut\b|\bwhile\b|\band\b|\bthan the\b(?!.)", "ja": r"[。、，；：…！]"}
PLACES = {
    "en": {"first": 0, "middle": None, "last": -1},
    "ja": {"最初": 0, "真ん中": None, "中央": None, "最後": -1},
}
"""Words for a place among several; None is the middle."""

LOWER_IS_BETTER = r"loss|error|perplexity|mse|損失|誤差"
WHOLE = r"probabilit|\bshare|確率|割合"
"""Words for parts of a whole."""

SMALLEST_LEAD = 1e-9
"""Differences below are none."""


def split_clauses(text: str, lang: str) -> Iterator[str]:
    """The parts of a sentence that claim something: neither asked, nor denied, nor supposed."""
    text = re.sub(BOUNDS[lang], "", text, flags=re.IGNORECASE)
    for clause in re.split(CLAUSES[lang], text):
        if clause.strip() and not re.search(NEGATION[lang], clause, re.IGNORECASE):
            yield clause


def find_direction(clause: str, lang: str) -> tuple[str, bool] | None:
    """The word of a clause that says that something rises or falls, and whether it rises."""
    up, down = (re.search(one[lang], clause, re.IGNORECASE) for one in (RISES, FALLS))
    if (up is None) == (down is None):
        return None
    return (up or down)[0], up is not None  # type: ignore[index]
