// The page /docs: what /openapi.json says, to read and to try.
// A key that is typed in stays in its field: it is stored nowhere and is in no URL.

const ROWS = 100; // of an answer that are shown
const STREAM_MS = 5000; // of a stream that is shown

const api = await (await fetch("/openapi.json")).json();
const key = document.getElementById("key");
const paths = document.getElementById("paths");

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function resolve(part) {
  if (!part.$ref) return part;
  return part.$ref.split("/").slice(1).reduce((found, name) => found[name], api);
}

function table(names, rows, kind = "") {
  const line = (cell) => (values) => node("tr", {}, ...values.map((value) => node(cell, {}, value)));
  return node("div", { class: "scroll" }, node("table", { class: kind },
    node("thead", {}, line("th")(names)), node("tbody", {}, ...rows.map(line("td")))));
}

function section(title, ...children) {
  return children.length ? [node("h3", {}, title), ...children] : [];
}

const typeOf = (schema) => [
  schema.enum?.join(" | ") ?? schema.anyOf?.map(typeOf).join(" | ") ??
    (schema.type === "array" ? `${typeOf(schema.items ?? {})}, repeated`
      : [schema.type].flat().filter((type) => type !== "null").join(" | ")),
  schema.format && `(${schema.format})`,
  schema.minimum !== undefined && schema.maximum !== undefined &&
    `${schema.minimum} to ${schema.maximum}`,
  schema.default !== undefined && `default ${schema.default}`,
].filter(Boolean).join(" ");

function field(parameter) {
  const { schema, required, example } = parameter;
  if (schema.enum || schema.type === "boolean") {
    return node("select", {}, ...["", ...(schema.enum ?? ["true", "false"])].map(
      (word) => node("option", { value: word }, String(word))));
  }
  const made = node("input", { placeholder: String(example ?? ""), autocomplete: "off" });
  if (required) made.value = String(example ?? "");
  return made;
}

function columnsOf(schema) {
  return (schema.anyOf ?? [schema]).flatMap((each) => {
    const columns = each.then?.properties.rows.items.prefixItems;
    return columns ? [table(["column", "type", "unit"], columns.map((column) =>
      [node("code", {}, column.title), typeOf(column), column["x-unit"] ?? ""]))] : [];
  });
}

function urlOf(path, fields) {
  const query = new URLSearchParams();
  for (const [parameter, input] of fields) {
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, input.value);
    else if (input.value) query.append(parameter.name, input.value);
  }
  return query.size ? `${path}?${query}` : path;
}

const curlOf = (method, url, body, media) => `curl -H 'Authorization: Bearer KEY'` +
  (method === "GET" ? "" : ` -X ${method}`) +
  (body ? ` -H 'Content-Type: ${media}' --data-binary '${body}'` : "") +
  ` '${location.origin}${url}'`;

async function textOf(answer) {
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  const isStream = answer.headers.get("Content-Type")?.startsWith("text/event-stream");
  const timer = isStream && setTimeout(() => reader.cancel(), STREAM_MS);
  let text = "";
  for (let part; !(part = await reader.read()).done;) text += decoder.decode(part.value, { stream: true });
  clearTimeout(timer);
  return text;
}

function shown(text, answer) {
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return node("pre", {}, text);
  const { rows, columns, ...rest } = JSON.parse(text);
  if (!rows || !columns) return node("pre", {}, JSON.stringify(JSON.parse(text), null, 2));
  const cells = rows.slice(0, ROWS).map((row) => row.map((value) => value === null ? "" : String(value)));
  return node("div", {}, node("pre", {}, JSON.stringify(rest)), table(columns, cells, "rows"),
    node("small", {}, `${rows.length} rows${rows.length > ROWS ? `, the first ${ROWS} shown` : ""}`));
}

async function send(method, url, body, media, result) {
  const headers = key.value ? { Authorization: `Bearer ${key.value}` } : {};
  if (body) headers["Content-Type"] = media;
  const began = performance.now();
  result.replaceChildren(node("small", {}, "…"));
  try {
    const answer = await fetch(url, { method, headers, body: body || undefined, cache: "no-store" });
    const text = await textOf(answer);
    const took = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - began)} ms`;
    result.replaceChildren(node("p", { class: answer.ok ? "soft" : "bad" }, took), shown(text, answer));
  } catch (error) {
    result.replaceChildren(node("p", { class: "bad" }, `No answer: ${error.message}`));
  }
}

function opened(method, path, operation) {
  const fields = operation.parameters.map(resolve).map((each) => [each, field(each)]);
  const [media] = Object.keys(operation.requestBody?.content ?? {});
  const body = media && node("textarea", {}, media === "application/json" ? '{"kind": "", "arguments": {}}' : "");
  const example = node("pre");
  const result = node("div", { "aria-live": "polite" });
  const button = node("button", { type: "button" }, "Send");
  const show = () => { example.textContent = curlOf(method, urlOf(path, fields), body?.value, media); };
  for (const input of [...fields.map(([, each]) => each), body].filter(Boolean)) input.addEventListener("input", show);
  button.addEventListener("click", () => send(method, urlOf(path, fields), body?.value, media, result));
  show();
  const good = Object.values(operation.responses).find((each) => each.content);
  const columns = good ? columnsOf(Object.values(good.content)[0].schema) : [];
  return node("div", { class: "open" },
    node("p", {}, operation.description ?? operation.summary),
    ...section("Parameters", ...fields.length ? [table(["name", "value", "type", ""], fields.map(([each, input]) => [
      node("code", {}, each.name, each.required ? " *" : ""), input, typeOf(each.schema), each.description ?? ""]))] : []),
    ...section("Body", ...body ? [body] : []),
    ...section("Example", example),
    ...section("SQL", ...operation["x-sql"] ? [node("pre", {}, operation["x-sql"])] : []),
    node("p", {}, button, node("small", {}, `Key: ${operation["x-caller"]}. Answers: `,
      Object.keys(operation.responses).join(", "), ". * must be sent.")),
    result,
    ...section("Columns", ...columns));
}

function entry(method, path, operation) {
  const made = node("details", {}, node("summary", {}, node("b", {}, method), node("code", {}, path),
    node("span", {}, operation.description?.split(/[.:;] /)[0] ?? operation.summary)));
  made.dataset.words = `${path} ${operation.summary} ${operation.description ?? ""}`.toLowerCase().replaceAll("_", " ");
  made.id = operation.operationId;
  made.addEventListener("toggle", () => made.children.length > 1 || made.append(opened(method, path, operation)));
  return made;
}

const groups = new Map();
for (const [path, operations] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    if (method === "head") continue;
    const [tag] = operation.tags;
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push(entry(method.toUpperCase(), path, operation));
  }
}
document.getElementById("version").textContent = api.info.version;
paths.replaceChildren(node("p", { class: "soft" }, api.info.description.replaceAll("`", ""), " ",
  node("a", { href: "/openapi.json" }, "openapi.json")));
for (const tag of ["market", "metrics", "charts", "session", "tasks", "server"]) {
  if (groups.has(tag)) paths.append(node("section", {}, node("h2", {}, tag), ...groups.get(tag)));
}
document.getElementById("find").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/);
  for (const each of document.querySelectorAll("details")) {
    each.hidden = !words.every((word) => each.dataset.words.includes(word));
  }
});
const named = document.getElementById(location.hash.slice(1));
if (named?.matches("details")) {
  named.open = true;
  named.scrollIntoView();
}
