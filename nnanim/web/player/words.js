// What the page says by itself. Sentences of films come with the films.

const WORDS = {
  en: {
    play: "Play", pause: "Pause", next: "Next sentence", previous: "Sentence before", seek: "Place in the film",
    contents: "Sentences", captions: "Captions", language: "Language", theme: "Light or dark", pace: "Speed",
    shape: "Shape of the frame", step: "Stop after each sentence", full: "Full screen",
    beat: "{n} of {all}", close: "Close", print: "Print", asks: "A question to the class",
    broken: "The scene is being written:", gone: "nnanim no longer runs: the film stays as it was.",
    damaged: "This film cannot be read: {error}", moving: "Your system asks for less motion: each sentence is a picture.",
    notYet: "not known yet", barred: "masked", computed: "computed from the run", given: "given, not recorded",
    recorded: "recorded: {where}", parameters: "weights {array}", gradients: "gradient of {array}",
    pin: "click to pin", attention: "attention {array}", place: ", {axis} {n}", nth: "[{n}]",
  },
  ja: {
    play: "再生", pause: "一時停止", next: "次の文", previous: "前の文", seek: "再生位置",
    contents: "文の一覧", captions: "字幕", language: "言語", theme: "明るい・暗い", pace: "速さ",
    shape: "画面の形", step: "一文ごとに止める", full: "全画面",
    beat: "{all} 文中 {n} 文目", close: "閉じる", print: "印刷", asks: "クラスへの問いかけ",
    broken: "シーンを書きかえている途中です：", gone: "nnanim が終了しました。映像はそのまま残ります。",
    damaged: "この映像は読めません：{error}", moving: "動きを減らす設定なので、一文ずつ静止画で見せます。",
    notYet: "まだ分かりません", barred: "マスクされています", computed: "記録から計算した値", given: "記録ではなく、与えた値",
    recorded: "記録：{where}", parameters: "重み {array}", gradients: "{array} の勾配",
    pin: "クリックで固定", attention: "アテンション {array}", place: "、{axis} {n}", nth: "[{n}]",
  },
};

/** Names of languages, each in itself. */
const NAMES = { en: "English", ja: "日本語" };

/** A text of the page in a language, with values for its {names}. */
export function say(lang, key, values = {}) {
  return ((WORDS[lang] || WORDS.en)[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Whether there is a text of that name. */
export function has(key) {
  return key in WORDS.en;
}

/** What a language is called. */
export function nameOf(lang) {
  return NAMES[lang] || lang;
}
