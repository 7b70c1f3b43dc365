import "./style.css";

import { Api, RequestError } from "./api.js";
import { Dashboard } from "./dashboard.js";
import { addDialog } from "./dialog.js";
import { readPrefs, showTheme } from "./prefs.js";
import { codeOf, showSignIn, signInWithCode } from "./sign_in.js";

/** Begin: a code in the address becomes a cookie; without a session the page asks for a key. */
async function start(): Promise<void> {
  showTheme(readPrefs().theme);
  const root = document.createElement("div");
  root.id = "root";
  document.body.append(root);
  addDialog();
  const api = new Api();
  const again = () => void open();
  const open = async () => {
    try {
      await new Dashboard(root, api, (code, message) => showSignIn(root, api, again, code, message))
        .open();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      showSignIn(root, api, again, error.code, error.message);
    }
  };
  const code = codeOf(location.hash);
  if (code !== null) {
    history.replaceState(null, "", location.pathname + location.search);
    const refused = await signInWithCode(api, code);
    if (refused) return void showSignIn(root, api, again, refused.code, refused.message);
  }
  await open();
}

void start();
