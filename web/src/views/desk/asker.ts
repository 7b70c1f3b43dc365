import { html, nothing } from "lit-html";

import type { Context } from "../../view.js";

/** What a panel asks the server to do, and why the server refused it last. */
export class Asker {
  #refused = "";

  async act(ctx: Context, method: string, path: string, body?: unknown): Promise<void> {
    this.#refused = "";
    try {
      await ctx.api.send(method, path, body);
    } catch (error) {
      this.#refused = error instanceof Error ? error.message : String(error);
    }
    ctx.reload();
  }

  refusal() {
    return this.#refused ? html`<p class="error" role="alert">${this.#refused}</p>` : nothing;
  }
}
