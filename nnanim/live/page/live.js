// The page of nnanim live: it talks to the machine that computes, and fills the whole window.

import {Live} from "./app.js";
import {Connection} from "./connection.js";

const connect = (handlers) => new Connection(handlers);
window.nnanim = {live: new Live(document.getElementById("live"), connect, document.documentElement)};
