/** Makes an object what another one is: for drafts that others hold, whose metadata they hold, too. */
export function replaceContent(target: Record<string, unknown>, content: Readonly<Record<string, unknown>> | object): void {
  const { metadata } = target;
  const { metadata: given, ...rest } = content as Readonly<Record<string, unknown>>;
  clear(target);
  Object.assign(target, rest);
  if (typeof metadata !== 'object' || metadata === null || typeof given !== 'object' || given === null) target.metadata = given;
  else {
    clear(metadata as Record<string, unknown>);
    target.metadata = Object.assign(metadata, given);
  }
}
function clear(target: Record<string, unknown>): void {
  for (const name of Object.keys(target)) delete target[name];
}
