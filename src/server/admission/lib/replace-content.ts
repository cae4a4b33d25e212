/** Makes an object what another one is: for drafts that others hold. */
export function replaceContent(target: Record<string, unknown>, content: object): void {
  for (const name of Object.keys(target)) delete target[name];
  Object.assign(target, content);
}
