import "./style.css";

import { Api } from "./api.js";
import { Dashboard } from "./dashboard.js";
import { addDialog } from "./dialog.js";
import { readPrefs, showTheme } from "./prefs.js";
import { codeOf, showSignIn, signInWithCode } from "./sign_in.js";
import { answered } from "./waiting.js";

/** Begin: a code in the address becomes a cookie; without a session the page asks for a key. */
async function start(): Promise<void> {
  showTheme(readPrefs().theme);
  const root = document.createElement("div");
  root.id = "root";
  document.body.append(root);
  addDialog();
  const api = new Api();
  const refuse = (code: string, message: string) =>
    showSignIn(root, api, () => void open(), code, message);
  const open = () => {
    const page = new Dashboard(root, api, refuse);
    return answered(root, () => page.open());
  };
  const code = codeOf(location.hash);
  if (code !== null) {
    history.replaceState(null, "", location.pathname + location.search);
    const refused = await answered(root, () => signInWithCode(api, code));
    if (refused) return refuse(refused.code, refused.message);
  }
  await open();
}

void start();
