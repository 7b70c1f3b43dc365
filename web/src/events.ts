/**
 * Whether an event is as new as another one: 176e811c:575 and 176e811c:574. Of ids that have a
 * position in the logs of several servers, those of the logs that both name count.
 */
export function isAsNew(event: string, other: string): boolean {
  const has = positionsOf(event);
  const both = [...positionsOf(other)].filter(([epoch]) => has.has(epoch));
  return both.length > 0 && both.every(([epoch, id]) => has.get(epoch)! >= id);
}

function positionsOf(event: string): Map<string, number> {
  return new Map(event.split(",").map((part) => {
    const [epoch, id] = part.split(":");
    return [epoch!, Number(id)];
  }));
}
