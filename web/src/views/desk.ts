import "./desk.css";

import type { View } from "../view.js";
import { alerts } from "./desk/alerts.js";
import { caches } from "./desk/caches.js";
import { feeds } from "./desk/feeds.js";
import { health } from "./desk/health.js";
import { signals } from "./desk/signals.js";
import { tasks } from "./desk/tasks.js";
import { unusual } from "./desk/unusual.js";

/** What stands out, which alerts fired, whether everything works, and the work that was asked for. */
export const deskView: View = {
  name: "desk",
  title: "Desk",
  panels: [signals, unusual, health, feeds, alerts, tasks, caches],
};
