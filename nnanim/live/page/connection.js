// The connection to the machine that computes.

/** Milliseconds until a lost connection is tried again. */
const AGAIN = 1500;

/** Give a message, a text or an ArrayBuffer, to the handler of its type. */
export function deliver(data, handlers) {
  if (typeof data === "string") {
    const message = JSON.parse(data);
    handlers[message.type]?.(message);
    return;
  }
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  handlers[header.type]?.(header, new Uint8Array(data, 4 + length));
}

/** Sends and receives messages; a message is JSON, or a film behind a JSON header. */
export class Connection {
  /** @param {Object<string, Function>} handlers by the type of a message; "gone" where the connection is lost */
  constructor(handlers) {
    this.handlers = handlers;
    this.waiting = [];
    this.open();
  }

  open() {
    const address = new URL("talk", location.href);
    address.protocol = "ws:";
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => {
      for (const text of this.waiting.splice(0)) this.socket.send(text);
    });
    this.socket.addEventListener("message", ({data}) => deliver(data, this.handlers));
    this.socket.addEventListener("close", () => {
      this.handlers.gone();
      setTimeout(() => this.open(), AGAIN);
    });
  }

  send(message) {
    const text = JSON.stringify(message);
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
    else if (this.socket.readyState === WebSocket.CONNECTING) this.waiting.push(text);
  }
}
