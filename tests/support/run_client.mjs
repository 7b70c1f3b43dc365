// Reads with the client for browsers, and prints as JSON what came.
import { Client, Panel, Parser } from "../../api/static/pgstrike.js";

const [kind, text] = process.argv.slice(2);
const given = JSON.parse(text);
const print = (found) => console.log(JSON.stringify(found));

const seconds = (timing) => Object.fromEntries(Object.entries(timing).map(
  ([name, value]) => [name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), value * 1000]));

async function read({ url, key, headers, ...wish }) {
  const found = { got: [], modes: [], error: null };
  const abort = new AbortController();
  const { signal } = abort;
  let stream = null;
  const onMode = (mode) => {
    found.modes.push(mode);
    if (mode === wish.change_in) setImmediate(() => client.change(stream, other));
    if (mode !== wish.stop_in) return;
    if (wish.stop_late) setImmediate(() => abort.abort());
    else abort.abort();
  };
  const client = new Client(url, {
    key, headers, timing: seconds(wish.timing), maxFrameBytes: wish.max_frame_bytes,
  });
  const query = { symbol: "NIFTY" };
  const other = { symbol: "BANKNIFTY" };
  const note = ({ type, id }) => { found.got.push([type, id]); };
  try {
    if (wish.is_panel) {
      const panels = client.panel(query, { onMode, signal, onEvent: note });
      for await (const { event } of panels) {
        note(event);
        if (found.got.length >= wish.count) break;
        if (found.got.length === wish.change_after) await client.change(panels, other);
      }
    } else {
      const snapshot = wish.with_snapshot && ((options) => client.metric("chain", query, options));
      const options = {
        onMode, signal, ...(wish.after && { after: wish.after }), ...(snapshot && { snapshot }),
      };
      stream = client.stream(query, options);
      for await (const event of stream) {
        note(event);
        if (found.got.length >= wish.count) break;
        if (found.got.length === wish.change_after) await client.change(stream, other);
        await new Promise((resolve) => { setTimeout(resolve, wish.pause * 1000); });
      }
    }
  } catch (error) {
    found.error = [error.name, error.code ?? null, error.message];
  }
  print(found);
}

// What each call asks fetch for, without a server.
async function asked(calls) {
  const requests = [];
  globalThis.fetch = async (url, init) => {
    const { method = "GET", headers, credentials, cache } = init;
    requests.push({ url: String(url), method, headers, credentials, cache });
    return new Response('{"columns":[],"rows":[],"event":"a:1","clock":null,"metrics":[]}');
  };
  for (const { url, options, call, args } of calls) {
    await new Client(url, options)[call](...args);
  }
  print(requests);
}

// What is raised where a request is aborted that has no answer.
async function abort(url) {
  const signal = AbortSignal.timeout(50);
  const error = await new Client(url).metrics({ signal }).catch((raised) => raised);
  print([error.name, error === signal.reason]);
}

// What the frames of a panel add up to.
function apply(events) {
  const panel = new Panel();
  const changed = events.map((event) => panel.apply(event));
  const chains = [...panel.chains].map(([name, { rows, ...chain }]) =>
    [name, { ...chain, rows: [...rows.values()] }]);
  print({ changed, clock: panel.clock, chains });
}

function parse(cases) {
  print(cases.map((pieces) => {
    const parser = new Parser();
    return pieces.flatMap((hex) => parser.feed(Buffer.from(hex, "hex")))
      .map(({ type, data, id }) => [type, data, id]);
  }));
}

// Whether an id is at or after others, which are by epoch.
function isAt(id, wanted) {
  const has = new Map(id.split(",").map((part) => part.split(":")));
  return Object.entries(wanted).every(([epoch, last]) => Number(has.get(epoch) ?? -1) >= last);
}

// Says when the panel has begun; then holds it up to ids that come by stdin.
async function panel({ url, key, query }) {
  let [last, seen] = [null, null];
  const kinds = [];
  const stream = new Client(url, { key }).panel(query, { onEvent: ({ type }) => kinds.push(type) });
  const finish = () => {
    if (last === null || !isAt(seen, last)) return;
    const { clock, chains } = stream.panel;
    const found = [...chains.values()].map(({ rows, ...chain }) => ({ ...chain, rows: [...rows] }));
    print({ clock, kinds, chains: found });
    process.exit();
  };
  process.stdin.on("data", (text) => { last = JSON.parse(text); finish(); });
  for await (const { event } of stream) {
    if (seen === null) console.log("begun");
    seen = event.id;
    finish();
  }
}

await { read, asked, abort, apply, parse, panel }[kind](given);
