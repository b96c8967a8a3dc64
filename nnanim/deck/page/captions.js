// Captions are read from the WebVTT files that lie in the page.

/** The texts of a language by the names of their slides. @returns {Map<string, string>} */
export function readCaptions(lang) {
  const source = document.querySelector(`script[type="text/vtt"][data-lang="${lang}"]`), found = new Map();
  for (const block of (source ? source.textContent : "").split(/\n\n+/)) {
    const [id, time, ...lines] = block.trim().split("\n");
    if (time && time.includes("-->")) found.set(id, lines.join("\n"));
  }
  return found;
}
