import { isAbsolute } from 'node:path';
import { opt, shape, string } from '../../../api/schema.ts';
import { fieldError } from '../../../api/status.ts';
import type { Clock } from '../../../base/clock.ts';
import { parseYamlBody } from '../../../base/yaml.ts';
import { assertValid, readConfiguration, readText } from '../../lib/configuration.ts';
import { named } from '../../lib/remote-kubeconfig.ts';
import { entriesIn, entryIn, textIn } from '../../lib/entries.ts';
import { readUser, RemoteUser } from '../../lib/remote-user.ts';

const webhookAdmission = {
  kind: 'WebhookAdmissionConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1'],
  shape: shape('WebhookAdmissionConfiguration', { kubeConfigFile: opt(string(1)), staticManifestsDir: opt(string(2)) }),
};
const policyOf = (plugin: string) => ({
  kind: `${plugin}Configuration`,
  apiVersions: ['apiserver.config.k8s.io/v1'],
  shape: shape(`${plugin}Configuration`, { staticManifestsDir: opt(string(1)) }),
});

/** Objects from files are behind a gate that is off (KEP-5793). */
function* manifestFaults(dir: string | undefined) {
  const why = 'staticManifestsDir requires the ManifestBasedAdmissionControlConfig feature gate to be enabled';
  if (dir !== undefined && dir !== '') yield fieldError.forbidden('staticManifestsDir', why);
}
/** What policies may be configured with: nothing. Throws Error for more. */
export function checkPolicyConfiguration(plugin: string, configuration: unknown): void {
  if (configuration === undefined) return;
  assertValid([...manifestFaults(readConfiguration(policyOf(plugin), configuration).staticManifestsDir)]);
}

/** Whom the API server is to a webhook; `at`: 'name.namespace.svc:443', 'host:port'. */
export type UserOf = (at: string) => RemoteUser | undefined;

/**
 * Who the API server is to admission webhooks, by the users of a kubeconfig: they are named after hosts, and `*` stands for the first part of
 * one, or for all (kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers, "Authenticate apiservers"). Throws Error.
 */
export function readWebhookUsers(configuration: unknown, clock: Clock): UserOf | undefined {
  if (configuration === undefined) return undefined;
  const { kubeConfigFile = '', staticManifestsDir } = readConfiguration(webhookAdmission, configuration);
  if (kubeConfigFile !== '' && !isAbsolute(kubeConfigFile))
    assertValid([fieldError.invalid('kubeConfigFile', kubeConfigFile, 'must be an absolute file path')]);
  assertValid([...manifestFaults(staticManifestsDir)]);
  return kubeConfigFile === '' ? undefined : parseWebhookUsers(readText(kubeConfigFile), kubeConfigFile, clock);
}
/** The users of a kubeconfig's text; files that it names are told from `path`. Throws Error. */
export function parseWebhookUsers(content: string, path: string, clock: Clock): UserOf {
  const { value } = parseYamlBody(content);
  const config = entryIn(value);
  const users = new Map<string, RemoteUser>();
  for (const { name, user } of entriesIn(config.users)) {
    const own = textIn(name) ?? '';
    users.set(own, new RemoteUser(readUser(own, entryIn(user), {}, path), clock));
  }
  const context = textIn(config['current-context']);
  const current = context === undefined ? undefined : textIn(named(config.contexts, 'context', context)?.user);
  const among = (host: string): RemoteUser | undefined => {
    const exact = users.get(host);
    if (exact !== undefined) return exact;
    const parts = host.split('.');
    for (let first = 1; first < parts.length; first++) {
      const wide = users.get(`*.${parts.slice(first).join('.')}`);
      if (wide !== undefined) return wide;
    }
    return undefined;
  };
  return (at) => {
    const [, host] = /^(.*):443$/.exec(at) ?? [];
    return (
      among(at) ??
      (host === undefined ? undefined : among(host)) ??
      users.get('*') ??
      (current === undefined ? undefined : users.get(current))
    );
  };
}
