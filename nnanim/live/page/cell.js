// The same in a cell of a notebook, which talks to the kernel.

import {Live} from "./app.js";
import {deliver} from "./connection.js";
import {make} from "./player/elements.js";

/** What anywidget calls for each place in which the widget is shown; what it returns takes the widget away again. */
export function render({model, el}) {
  const main = make("main"), host = make("div", {class: "nnanim-live"}, main);
  host.style.height = `${model.get("height")}px`;
  el.append(host);
  let hear;
  const live = new Live(main, (handlers) => {
    hear = ({text}, buffers) => deliver(text ?? exactBytes(buffers[0]), handlers);
    model.on("msg:custom", hear);
    return {send: (message) => model.send({text: JSON.stringify(message)})};
  }, host);
  model.send({join: true});
  return () => {
    model.off("msg:custom", hear);
    live.end();
    host.remove();
  };
}

/** The bytes of a view, in a buffer of their own. */
function exactBytes({buffer, byteOffset, byteLength}) {
  return buffer.slice(byteOffset, byteOffset + byteLength);
}
