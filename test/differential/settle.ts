import type { Connection } from './connection.ts';
import { requestOf, type Side, valueOf } from './play.ts';
import type { Step } from './scenario.ts';

/** Conditions that a controller inside the server writes soon after an object was written, at its own pace. */
const awaited: Readonly<Record<string, (conditions: readonly { readonly type: string; readonly status: string }[]) => boolean>> = {
  flowschemas: (conditions) => conditions.some(({ type }) => type === 'Dangling'),
  apiservices: (conditions) => conditions.some(({ type }) => type === 'Available'),
  customresourcedefinitions: (conditions) =>
    conditions.some(
      ({ type, status }) => (type === 'Established' && status === 'True') || (type === 'NamesAccepted' && status === 'False'),
    ),
};
const patienceMs = 12_000;

/** Asks until it is so, at most for some time; each time it waits a little longer, so that waiting scenarios leave time to others. */
export async function poll(limitMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (let delayMs = 50; !(await isSo()) && Date.now() < deadline; delayMs = Math.min(delayMs * 1.5, 500))
    await new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Waits until both servers' own controllers have said what they say of an object that was just written: what follows sees the same on both. */
export async function settle(
  step: Step,
  sides: readonly { readonly connection: Connection; readonly side: Side; readonly status: number; readonly body: Buffer }[],
): Promise<void> {
  const [, collection, plural = ''] = /^(\/apis\/[^/]+\/v1\/(\w+))/.exec(step.path) ?? [];
  const isSettled = awaited[plural];
  const writes = step.method === 'POST' || step.method === 'PUT' || step.method === 'PATCH';
  if (isSettled === undefined || !writes || step.path.includes('dryRun') || sides.some(({ status }) => status >= 300)) return;
  await Promise.all(
    sides.map(async ({ connection, side, body }) => {
      const name = (valueOf('json', body) as { readonly metadata?: { readonly name?: string } } | undefined)?.metadata?.name;
      if (name === undefined) return;
      const request = requestOf({ method: 'GET', path: `${collection}/${encodeURIComponent(name)}` }, side);
      await poll(patienceMs, async () => {
        const answer = await connection.send(request);
        const found = valueOf('json', answer.body) as { readonly status?: { readonly conditions?: readonly any[] } } | undefined;
        return answer.status !== 200 || isSettled(found?.status?.conditions ?? []);
      });
    }),
  );
}
