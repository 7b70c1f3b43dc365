import { html, nothing, svg } from "lit-html";

import { type Row, rowsOf } from "../../api.js";
import { DASH, percentText, ratioText } from "../../numbers.js";
import { timeText } from "../../time.js";
import { type Context, type Panel, literal } from "../../view.js";
import { type Ask, pathOf, statementOf } from "../ask.js";
import { table } from "../table.js";

interface Models {
  readonly models: Row[] | null; // null: the key has no topic prediction
  readonly scores: Row[]; // of analytics.calibration
  readonly event: string;
}

const SIZE = 44; // px of a reliability diagram

const calibration = ({ state }: Pick<Context, "state">): Ask =>
  ({ metric: "calibration", params: { symbol: state.symbol } });

/** The newest probability of each active model, and how its probabilities fitted so far. */
export const models: Panel<Models> = {
  name: "models",
  title: "Models",
  size: "whole",
  every: 5000,
  topics: ["prediction"],
  sql: (state) => `SELECT * FROM ops.models(${literal(state.symbol)});
${statementOf(calibration({ state }))}`,
  csv: (state) => pathOf(calibration({ state })),
  asOf: () => null,
  async load(ctx) {
    const { api, bootstrap, state, signal, event } = ctx;
    const { topics } = bootstrap.key;
    if (topics !== null && !topics.includes("prediction")) {
      return { models: null, scores: [], event };
    }
    const [found, scores] = await Promise.all([
      api.json<{ models: Row[] }>("/v1/models", { symbol: state.symbol }, signal),
      api.get(pathOf(calibration(ctx)), {}, signal),
    ]);
    return {
      models: found.models.filter((row) => row["state"] === "active"),
      scores: rowsOf(scores), event,
    };
  },
  render: ({ models: found, scores }, ctx) => found === null
    ? html`<p class="nothing">Your key may not read topic prediction.</p>`
    : html`${table(found, cellsOf(scores, ctx), "No model is active.", "Models", true)}
      <p class="foot">A lower Brier score is better; the second one is that of the base rate alone.
        In the diagram each dot is a tenth of the probabilities: across what the model said, and up
        how often the label came. On the line the two are equal.</p>`,
};

function cellsOf(scores: readonly Row[], ctx: Context) {
  const of = (row: Row, scope: string) => scores.filter((score) =>
    score["model"] === row["name"] && score["version"] === row["version"]
      && score["scope"] === scope);
  const all = (row: Row): Row => of(row, "all")[0] ?? {};
  return [
    {
      title: "Model",
      text: (row: Row) => html`${row["name"]} ${row["version"]}<br><small>${labelOf(row)}</small>`,
    },
    {
      title: "Probability", kind: "number" as const,
      text: (row: Row) => html`<b>${percentText(row["value"])}</b>`,
    },
    { title: "Reliability", text: (row: Row) => diagram(of(row, "bin")) },
    {
      title: "Warning", text: (row: Row) => row["warning"] === null
        ? "none" : html`<span class="state-warn wide">${row["warning"]}</span>`,
    },
    {
      title: "At", text: (row: Row) => row["newest_at"] === null
        ? DASH : html`${timeText(row["newest_at"], ctx.symbol.zone)} ${ageOf(row, ctx)}`,
    },
    {
      title: "Base rate", kind: "number" as const,
      text: (row: Row) => percentText(all(row)["base_share"]),
    },
    {
      title: "Brier score", kind: "number" as const,
      text: (row: Row) =>
        `${ratioText(all(row)["brier_score"], 3)} / ${ratioText(all(row)["base_brier_score"], 3)}`,
    },
    {
      title: "Outcomes", kind: "number minor" as const,
      text: (row: Row) => String(all(row)["outcomes"] ?? 0),
    },
  ];
}

function labelOf(row: Row): string {
  const minutes = row["horizon_seconds"] / 60;
  return row["label"] === "direction"
    ? `higher in ${minutes} min`
    : `moves over ${percentText(row["threshold"], 2)} in ${minutes} min`;
}

/** How old a prediction is, by the market's clock. */
function ageOf(row: Row, { symbol }: Context) {
  const minutes = Math.floor(
    (Date.parse(symbol.clock ?? "") - Date.parse(row["newest_at"])) / 60_000,
  );
  return minutes > 1 ? html`<span class="state-warn">${minutes} min ago</span>` : nothing;
}

/** How often the label came against the mean probability, of each bin that has outcomes. */
function diagram(bins: readonly Row[]) {
  if (bins.length === 0) return DASH;
  const most = Math.max(...bins.map((bin) => bin["outcomes"]));
  const says = bins.map((bin) =>
    `${percentText(bin["value"], 0)}: ${percentText(bin["outcome_share"], 0)} of ${bin["outcomes"]}`);
  return html`<svg class="reliability" role="img" width=${SIZE} height=${SIZE}
    viewBox="-3 -3 106 106" aria-label=${`Said, and came: ${says.join("; ")}`}>
    <title>${says.join("\n")}</title>
    <path d="M0 0H100V100H0ZM0 100L100 0"></path>
    ${bins.map((bin) => svg`<circle cx=${100 * bin["value"]} cy=${100 - 100 * bin["outcome_share"]}
      r=${3 + 7 * Math.sqrt(bin["outcomes"] / most)}></circle>`)}
  </svg>`;
}
