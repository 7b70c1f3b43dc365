import type { Panel } from "../../view.js";
import { alerts } from "./alerts.js";
import { caches } from "./caches.js";
import { feeds } from "./feeds.js";
import { health } from "./health.js";
import { models } from "./models.js";
import { signals } from "./signals.js";
import { tasks } from "./tasks.js";
import { unusual } from "./unusual.js";

export const panels: readonly Panel[] = [
  signals, unusual, health, feeds, models, alerts, tasks, caches,
];
