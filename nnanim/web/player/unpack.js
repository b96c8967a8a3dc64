// Begins a page whose player lies in it as packed text, a third as long: its script then runs as if it stood there.

import {readBytes} from "./text.js";

async function unpack({textContent, dataset}) {
  const packed = new Blob([readBytes(textContent).subarray(0, dataset.size)]);
  const code = await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).text();
  document.body.append(Object.assign(document.createElement("script"), {type: "module", textContent: code}));
}

unpack(document.getElementById("player"));
