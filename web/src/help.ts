import { html } from "lit-html";

import { showDialog } from "./dialog.js";

const KEYS: [string, string][] = [
  ["← →", "a minute back, on; with Shift 15 minutes"],
  ["space", "play, pause"],
  ["l", "live"],
  ["/", "choose the symbol"],
  ["e, E", "the next expiry, the one before"],
  ["1 … 6", "the views"],
  ["m", "scroll to the money"],
  ["g", "bid, ask and Greeks"],
  ["c", "count changes from the instant that is shown"],
  ["u", "lots or units"],
  ["n", "lakh and crore, or plain numbers"],
  ["t", "light, dark, as the system"],
  ["?", "this list"],
];

export function showHelp(): void {
  showDialog("Keys", html`<dl class="keys">${KEYS.map(([key, does]) =>
    html`<dt><kbd>${key}</kbd></dt><dd>${does}</dd>`)}</dl>
    <p><b>SQL</b> shows the statement behind a panel, to paste into psql. <b>CSV</b> saves its rows.
    <b>link</b> copies an address. Who opens it sees the same figures.</p>`);
}
