"""What films and pages say by themselves, beside their sentences."""

from __future__ import annotations

from nnanim.words import Words, say

PAGE: dict[str, Words] = {
    "damaged": {"en": "This film cannot be read: ", "ja": "この映像は読めません："},
    "broken": {"en": "The scene is being written: ", "ja": "シーンを書きかえている途中です："},
    "gone": {
        "en": "nnanim no longer runs: the film stays as it was.",
        "ja": "nnanim が終了しました。映像はそのまま残ります。",
    },
}
"""What a page says of a film that is not there."""

FILM: dict[str, Words] = {
    "play": {"en": "Play", "ja": "再生"},
    "pause": {"en": "Pause", "ja": "一時停止"},
    "next": {"en": "Next sentence", "ja": "次の文"},
    "previous": {"en": "Sentence before", "ja": "前の文"},
    "seek": {"en": "Place in the film", "ja": "再生位置"},
    "contents": {"en": "Sentences", "ja": "文の一覧"},
    "captions": {"en": "Captions", "ja": "字幕"},
    "lang": {"en": "Language", "ja": "言語"},
    "theme": {"en": "Light or dark", "ja": "明るい・暗い"},
    "pace": {"en": "Speed", "ja": "速さ"},
    "frame": {"en": "Shape of the frame", "ja": "画面の形"},
    "step": {"en": "Stop after each sentence", "ja": "一文ごとに止める"},
    "full": {"en": "Full screen", "ja": "全画面"},
    "beat": {"en": "{n} of {all}", "ja": "{all} 文中 {n} 文目"},
    "close": {"en": "Close", "ja": "閉じる"},
    "print": {"en": "Print", "ja": "印刷"},
    "asks": {"en": "A question to the class", "ja": "クラスへの問いかけ"},
    "moving": {
        "en": "Your system asks for less motion: each sentence is a picture.",
        "ja": "動きを減らす設定なので、一文ずつ静止画で見せます。",
    },
    "notYet": {"en": "not known yet", "ja": "まだ分かりません"},
    "barred": {"en": "masked", "ja": "マスクされています"},
    "computed": {"en": "computed from the run", "ja": "記録から計算した値"},
    "given": {"en": "given, not recorded", "ja": "記録ではなく、与えた値"},
    "recorded": {"en": "recorded: {where}", "ja": "記録：{where}"},
    "parameters": {"en": "weights {array}", "ja": "重み {array}"},
    "gradients": {"en": "gradient of {array}", "ja": "{array} の勾配"},
    "attention": {"en": "attention {array}", "ja": "アテンション {array}"},
    "place": {"en": ", {axis} {n}", "ja": "、{axis} {n}"},
    "pin": {"en": "click to pin", "ja": "クリックで固定"},
    "axis sample": {"en": "sample", "ja": "サンプル"},
    "axis step": {"en": "step", "ja": "ステップ"},
    "axis time": {"en": "time", "ja": "時刻"},
    "axis row": {"en": "row", "ja": "行"},
    "axis column": {"en": "column", "ja": "列"},
    "axis channel": {"en": "channel", "ja": "チャンネル"},
    "axis token": {"en": "token", "ja": "トークン"},
    "axis point": {"en": "point", "ja": "点"},
    **PAGE,
}
"""What every film carries in its languages: labels of buttons, what stands beside numbers, names of axes."""


def say_all(texts: dict[str, Words], lang: str) -> dict[str, str]:
    """The texts in a language."""
    return {name: say(words, lang) for name, words in texts.items()}
