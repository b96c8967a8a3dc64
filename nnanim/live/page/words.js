// What the page says by itself.

const WORDS = {
  en: {
    previous: "Beat before", next: "Next beat", again: "Once more", run: "Compute again", full: "Full screen",
    theme: "Light or dark", frame: "Shape of the frame", language: "Language", reset: "As it was", beats: "Beats", controls: "Controls",
    clear: "Clear", pen: "Pen", eraser: "Eraser", less: "less", more: "more", choose: "Choose a picture …",
    drop: "or drop one here", broken: "This is no picture that can be read.", busy: "computing …",
    gone: "nnanim live has ended. What is seen stays.", sketch: "Draw here", pad: "Point",
    waiting: "The model is being loaded …", show: "Controls",
  },
  ja: {
    previous: "前の場面", next: "次の場面", again: "もう一度", run: "もう一度計算", full: "全画面",
    theme: "明るい・暗い", frame: "画面の形", language: "言語", reset: "はじめの値に戻す", beats: "場面", controls: "操作",
    clear: "消す", pen: "ペン", eraser: "消しゴム", less: "減らす", more: "増やす", choose: "画像を選ぶ…",
    drop: "ここに置くこともできます", broken: "読める画像ではありません。", busy: "計算しています…",
    gone: "nnanim live が終了しました。画面はそのまま残ります。", sketch: "ここに描く", pad: "点",
    waiting: "モデルを読みこんでいます…", show: "操作",
  },
};

/** Names of languages, each in itself. */
export const LANGUAGES = {en: "English", ja: "日本語"};

/** A text of the page in a language. */
export function say(lang, key) {
  return (WORDS[lang] || WORDS.en)[key];
}
