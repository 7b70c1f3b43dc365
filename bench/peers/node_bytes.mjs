// Node's plain http: hands out the bytes of a file. Called with a port and the file.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file] = process.argv.slice(2);
const body = readFileSync(file);
const headers = { "Content-Type": "application/json", "Content-Length": body.length };

createServer((_, answer) => {
  answer.writeHead(200, headers);
  answer.end(body);
}).listen(Number(port), "127.0.0.1");
