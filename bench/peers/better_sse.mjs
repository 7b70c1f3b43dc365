// Node with better-sse: one channel, whose sessions frame each event for themselves.
//
//     node better_sse.mjs PORT BYTES MILLISECONDS

import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";

const [port, bytes, milliseconds] = process.argv.slice(2).map(Number);
const pad = "x".repeat(bytes - 100); // it sends an id and a name as well
const channel = createChannel();
const serializer = (text) => text; // its own would make JSON of it for each session

createServer(async (request, response) => {
  channel.register(await createSession(request, response, { serializer }));
}).listen({ port, host: "127.0.0.1", backlog: 1024 });

setInterval(() => {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  channel.broadcast(`{"sent":${microseconds}000,"pad":"${pad}"}`);
}, milliseconds);
