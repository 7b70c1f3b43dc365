// Reads a stream with the client for browsers, and prints what came as JSON.
import { Parser, stream } from "../../api/static/pgstrike.js";

const [kind, text] = process.argv.slice(2);
const given = JSON.parse(text);
if (kind === "parse") {
  console.log(JSON.stringify(given.map((pieces) => {
    const parser = new Parser();
    return pieces.flatMap((hex) => parser.feed(Buffer.from(hex, "hex")))
      .map(({ type, data, id }) => [type, data, id]);
  })));
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
