import { html, render } from "lit-html";

import { UnavailableError } from "./api.js";
import { durationText } from "./time.js";

const FIRST_MS = 1000;
const LONGEST_MS = 15_000;
const MOST_MS = 60_000; // however long the server asks to wait

/** What `ask` gives, once the server answers. Until then the page says that it waits. */
export async function answered<T>(root: HTMLElement, ask: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_MS; ; wait = Math.min(2 * wait, LONGEST_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      await showWait(root, error.message, Math.min(error.retryAfter ?? wait, MOST_MS));
    }
  }
}

function showWait(root: HTMLElement, message: string, ms: number): Promise<void> {
  document.title = "No answer · pgstrike";
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    const now = () => {
      clearTimeout(timer);
      done();
    };
    render(html`<main class="signin">
      <h1>pgstrike</h1>
      <p role="status">The server does not answer: ${message}. The page tries again in ${
        durationText(ms / 1000)}.</p>
      <button @click=${now}>Try now</button>
    </main>`, root);
  });
}
