import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import type { ObjectReader } from './context.ts';
import type { PullSecret } from './pull-secrets.ts';
import type { Pod } from './types.ts';

/** The Secrets that a pod names for pulling images; those that are missing are told of in an event. */
export function createPullSecrets(deps: {
  readonly client: Client;
  readonly reader: ObjectReader;
  readonly events: EventRecorder;
}): (pod: Pod) => Promise<readonly PullSecret[]> {
  return async (pod) => {
    const secrets: PullSecret[] = [];
    const missing: string[] = [];
    for (const { name } of pod.spec?.imagePullSecrets ?? []) {
      if (!name) continue;
      const secret = await deps.reader.secret(pod.metadata.namespace ?? '', name).catch(() => undefined);
      if (secret === undefined) missing.push(name);
      else secrets.push(secret);
    }
    if (missing.length > 0) {
      const message = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
      deps.events.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', message);
    }
    return secrets;
  };
}
