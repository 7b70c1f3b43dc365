// Reads a stream with the client for browsers, and prints what came as JSON.
import { Panel, Parser, stream } from "../../api/static/pgstrike.js";

const [kind, text] = process.argv.slice(2);
const given = JSON.parse(text);
if (kind === "parse") {
  console.log(JSON.stringify(given.map((pieces) => {
    const parser = new Parser();
    return pieces.flatMap((hex) => parser.feed(Buffer.from(hex, "hex")))
      .map(({ type, data, id }) => [type, data, id]);
  })));
} else if (kind === "panel") {
  // Says when it has begun; then holds the panel up to an id that it reads from stdin.
  const panel = new Panel();
  let [last, seen] = [null, -1];
  process.stdin.on("data", (text) => { last = Number(text); finish(); });
  const finish = () => {
    if (last === null || seen < last) return;
    const chains = [...panel.chains.values()].map(
      ({ rows, ...chain }) => ({ ...chain, rows: [...rows] }));
    console.log(JSON.stringify({ clock: panel.clock, chains }));
    process.exit();
  };
  for await (const event of stream(given.url, { headers: given.headers })) {
    if (!panel.apply(event)) console.log(event.type);
    else if (seen === -1) console.log("begun");
    seen = Number(event.id.split(":")[1] ?? 0);
    finish();
  }
} else {
  const [got, modes] = [[], []];
  let error = null;
  try {
    const options = { ...given.options, onMode: (mode) => modes.push(mode) };
    for await (const event of stream(given.url, options)) {
      got.push([event.type, event.id]);
      if (got.length === given.count) break;
    }
  } catch (raised) {
    error = [raised.status ?? null, raised.message];
  }
  console.log(JSON.stringify({ got, modes, error }));
}
