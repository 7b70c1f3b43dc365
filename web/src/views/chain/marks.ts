import type { Row } from "../../api.js";

/** A letter beside a strike, and what it stands for. */
export interface Mark {
  readonly letter: string;
  readonly title: string;
}

const MARKS: [string, string, string][] = [
  ["support", "S", "support: most put OI at or below the underlying"],
  ["resistance", "R", "resistance: most call OI at or above the underlying"],
  ["max_pain", "M", "max pain: the strike where option buyers get least"],
  ["call_wall", "C", "call wall: the strike with most call gamma"],
  ["put_wall", "P", "put wall: the strike with most put gamma"],
];

/** The marks of each strike. */
export function marksOf(levels: Row | null): Map<number, Mark[]> {
  const found = new Map<number, Mark[]>();
  for (const [name, letter, title] of MARKS) {
    const strike = levels?.[name];
    if (typeof strike !== "number") continue;
    found.set(strike, [...found.get(strike) ?? [], { letter, title }]);
  }
  return found;
}

/** Where the market expects the underlying at expiry: one standard deviation each side. */
export function bandOf(levels: Row | null): [number, number] | null {
  const [from, move] = [levels?.["forward"], levels?.["expected_move"]];
  return typeof from === "number" && typeof move === "number" ? [from - move, from + move] : null;
}
