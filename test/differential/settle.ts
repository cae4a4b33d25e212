import type { Connection } from './connection.ts';
import { requestOf, type Side, valueOf } from './play.ts';
import type { Step } from './scenario.ts';

interface Found {
  readonly metadata?: { readonly name?: string; readonly deletionTimestamp?: string; readonly finalizers?: readonly string[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
const has = ({ status }: Found, wanted: string, as?: string) =>
  status?.conditions?.some((one) => one.type === wanted && (as === undefined || one.status === as)) ?? false;
const isBeingEmptied = ({ metadata }: Found) =>
  metadata?.deletionTimestamp !== undefined && metadata.finalizers?.includes('customresourcecleanup.apiextensions.k8s.io') === true;
/** What a controller inside the server does with an object soon after it was written, at its own pace. */
const awaited: Readonly<Record<string, (found: Found) => boolean>> = {
  flowschemas: (found) => has(found, 'Dangling'),
  apiservices: (found) => has(found, 'Available'),
  customresourcedefinitions: (found) =>
    !isBeingEmptied(found) && (has(found, 'Established', 'True') || has(found, 'NamesAccepted', 'False')),
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
  const [, collection, plural = '', named] = /^(\/apis\/[^/]+\/v1\/(\w+))(?:\/([^/?]+))?/.exec(step.path) ?? [];
  const isSettled = awaited[plural];
  const writes = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(step.method);
  if (isSettled === undefined || !writes || step.path.includes('dryRun') || sides.some(({ status }) => status >= 300)) return;
  await Promise.all(
    sides.map(async ({ connection, side, body }) => {
      const name = (valueOf('json', body) as Found | undefined)?.metadata?.name;
      const own = name === undefined ? named : encodeURIComponent(name);
      if (own === undefined) return;
      const request = requestOf({ method: 'GET', path: `${collection}/${own}` }, side);
      await poll(patienceMs, async () => {
        const answer = await connection.send(request);
        return answer.status !== 200 || isSettled((valueOf('json', answer.body) ?? {}) as Found);
      });
    }),
  );
}
