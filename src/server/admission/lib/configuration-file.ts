import { dirname, resolve } from 'node:path';
import { any, list, object, opt, shape, string } from '../../../api/schema.ts';
import { parseYamlBody } from '../../../base/yaml.ts';
import { readConfiguration, readText } from '../../lib/configuration.ts';

/** What each plugin is configured with; undefined when it is not. */
export type PluginConfigurations = (plugin: string) => unknown;
export const noConfigurations: PluginConfigurations = () => undefined;

const plugin = shape('AdmissionPluginConfiguration', { name: string(1), path: opt(string(2)), configuration: opt(any(3)) });
const type = {
  kind: 'AdmissionConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1'],
  shape: shape('AdmissionConfiguration', { plugins: opt(list(1, object(0, plugin))) }),
};
/** Before there was an AdmissionConfiguration, the file was that of these plugins. */
const legacy: Readonly<Record<string, string>> = { imagePolicy: 'ImagePolicyWebhook', podNodeSelectorPluginConfig: 'PodNodeSelector' };

/** Reads the file of --admission-control-config-file, and the files it names. Throws Error. */
export function readConfigurations(file: string): PluginConfigurations {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    throw new Error(`unable to read admission control configuration from ${JSON.stringify(file)} [${(error as Error).message}]`);
  }
  const { value, problems } = parseYamlBody(text);
  const found = new Map<string, unknown>();
  const isTyped = typeof value === 'object' && value !== null && 'kind' in value;
  const old = Object.keys(legacy).filter((field) => !isTyped && typeof value === 'object' && value !== null && Object.hasOwn(value, field));
  for (const field of old) found.set(legacy[field]!, value);
  if (old.length === 0) {
    for (const { name, path = '', configuration } of readConfiguration(type, value, problems).plugins ?? []) {
      if (found.has(name)) continue;
      const own = configuration ?? (path === '' ? undefined : parseYamlBody(readText(resolve(dirname(file), path))).value);
      if (own !== undefined) found.set(name, own);
    }
  }
  return (name) => found.get(name);
}
