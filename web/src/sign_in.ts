import { html, render } from "lit-html";

import { type Api, PgstrikeError, RequestError } from "./api.js";

const CODE = /^#code=([\w-]{20,100})$/;

/** Why the page asks for a key, by the code of the server's error. */
const REASONS: Record<string, string> = {
  missing_key: "This page shows what your key may read.",
  session_ended: "Your session has ended. It ends 12 hours after its last use.",
  key_revoked: "Your key was revoked. Ask for another one.",
  wrong_key: "That key is not in force. It may have been revoked.",
  wrong_code: "This sign-in link was used already, or is older than 10 minutes.",
  too_many_wrong_keys: "Too many wrong keys came from here. Wait a minute.",
};

/** The single-use code of a sign-in link. It is in the fragment, which no server sees. */
export const codeOf = (hash: string): string | null => CODE.exec(hash)?.[1] ?? null;

/** Exchange the code for a cookie. Gives the refusal, if it is one. */
export async function signInWithCode(api: Api, code: string): Promise<RequestError | null> {
  try {
    await api.signIn("Code", code);
    return null;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    // A link that was opened twice: the cookie of the first time may be there still.
    return error.code === "wrong_code" && await isSignedIn(api) ? null : error;
  }
}

async function isSignedIn(api: Api): Promise<boolean> {
  try {
    await api.json("/session");
    return true;
  } catch {
    return false;
  }
}

/** Ask for a key, and say why. */
export function showSignIn(
  root: HTMLElement, api: Api, signedIn: () => void, code: string, message: string,
): void {
  const reason = REASONS[code] ?? message;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const key = new FormData(event.target as HTMLFormElement).get("key") as string;
    try {
      await api.signIn("Bearer", key.trim());
      signedIn();
    } catch (error) {
      const [refusal, text] = error instanceof PgstrikeError
        ? [error.code, error.message] : ["", String(error)];
      showSignIn(root, api, signedIn, refusal, text);
    }
  };
  document.title = "Sign in · pgstrike";
  render(html`<main class="signin">
    <h1>pgstrike</h1>
    <p role="alert">${reason}</p>
    <form @submit=${submit}>
      <label for="key">Key</label>
      <input id="key" name="key" type="password" required autocomplete="current-password"
        spellcheck="false" autofocus>
      <button>Sign in</button>
    </form>
    <p class="dim">An administrator makes a key with <code>pgstrike key create NAME</code>, or a
      link that signs in once with <code>pgstrike key link NAME</code>.</p>
  </main>`, root);
  root.querySelector("input")?.focus();
}
