/** Whether an event is as new as another one of the same log: 176e811c:575 and 176e811c:574. */
export function isAsNew(event: string, other: string): boolean {
  const [epoch, id] = event.split(":");
  const [otherEpoch, otherId] = other.split(":");
  return epoch === otherEpoch && Number(id) >= Number(otherId);
}
