import { type TemplateResult, html, render } from "lit-html";

/** The one dialog of the page: SQL, a link, help. */
const dialog = document.createElement("dialog");
const live = document.createElement("div");
live.className = "unseen";
live.setAttribute("role", "status");
live.setAttribute("aria-live", "polite");

/** Put both into the page. */
export function addDialog(): void {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  document.body.append(dialog, live);
}

/** Say something by a screen reader. */
export const announce = (text: string): void => {
  live.textContent = text;
};

export function showDialog(title: string, content: TemplateResult): void {
  render(html`<div class="dialog">
    <header><h2>${title}</h2>
      <button @click=${() => dialog.close()} aria-label="Close">✕</button></header>
    ${content}</div>`, dialog);
  if (!dialog.open) dialog.showModal();
}

/** A text to take along, with a button that copies it. */
export function showText(title: string, text: string): void {
  showDialog(title, html`<pre tabindex="0">${text}</pre>
    <button class="copy" @click=${() => void copy(text)}>Copy</button>`);
}

/** Copy a text; where the browser does not allow that, show it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied.");
    return true;
  } catch {
    announce("This browser does not let the page copy; select the text instead.");
    return false;
  }
}
