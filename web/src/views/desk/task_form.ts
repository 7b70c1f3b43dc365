import { type TemplateResult, html } from "lit-html";
import { keyed } from "lit-html/directives/keyed.js";

import type { Context } from "../../view.js";

interface Argument {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
}

/** A kind of task, with the JSON Schema of its arguments. */
export interface Kind {
  readonly kind: string;
  readonly about: string;
  readonly is_for_readers: boolean;
  readonly schema: {
    readonly required?: readonly string[];
    readonly properties: Readonly<Record<string, Argument>>;
  };
}

type Ask = (body: { kind: string; arguments: Record<string, unknown> }) => Promise<void>;

let chosen = "";

/** A form for the kinds that the key may ask for. */
export function drawForm(kinds: readonly Kind[], ctx: Context, ask: Ask): TemplateResult {
  const mine = kinds.filter((kind) => kind.is_for_readers || ctx.bootstrap.key.is_admin);
  const kind = mine.find((each) => each.kind === chosen) ?? mine[0];
  if (!kind) {
    return html`<p class="nothing">There is no kind of task yet: \`pgstrike run\` brings them.</p>`;
  }
  const choose = (event: Event) => {
    chosen = (event.target as HTMLSelectElement).value;
    ctx.redraw();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void ask({ kind: kind.kind, arguments: sentBy(event.target as HTMLFormElement, kind) });
  };
  return html`<form class="ask" @submit=${submit}>
    <label>kind<select @change=${choose} .value=${kind.kind}>${mine.map((each) =>
      html`<option ?selected=${each === kind} title=${each.about}>${each.kind}</option>`)}
    </select></label>
    ${keyed(kind.kind, Object.entries(kind.schema.properties).map(([name, argument]) =>
      field(name, argument, kind, ctx)))}
    <button>Ask for it</button>
    <span class="dim">${kind.about}</span>
  </form>`;
}

function field(name: string, argument: Argument, kind: Kind, ctx: Context): TemplateResult {
  const isNeeded = kind.schema.required?.includes(name) ?? false;
  const { description = "" } = argument;
  if (argument.enum) {
    return html`<label title=${description}>${name}<select name=${name} ?required=${isNeeded}
      >${isNeeded ? "" : html`<option value="">–</option>`}${argument.enum.map((each) =>
        html`<option>${each}</option>`)}</select></label>`;
  }
  const start: Record<string, string> = {
    symbol: ctx.state.symbol, expiry: ctx.state.expiry,
    from: ctx.symbol.session?.opens_at ?? "", to: ctx.symbol.session?.closes_at ?? "",
  };
  return html`<label title=${description}>${name}<input name=${name}
    type=${argument.type === "integer" ? "number" : "text"}
    value=${start[name] ?? ""} ?required=${isNeeded}></label>`;
}

/** What the fields say, by the types of the schema; an empty one is left out. */
function sentBy(form: HTMLFormElement, kind: Kind): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, text] of new FormData(form)) {
    const { type } = kind.schema.properties[name] ?? {};
    if (text === "") continue;
    found[name] = type === "integer" || type === "number" ? Number(text)
      : type === "boolean" ? text === "true" : text;
  }
  return found;
}
