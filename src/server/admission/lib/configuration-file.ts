import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { any, list, object, opt, shape, string } from '../../../api/schema.ts';
import { parseYaml } from '../../../base/yaml.ts';
import { type ConfigurationType, readConfiguration } from './configuration.ts';

/** What each plugin is configured with; undefined when it is not. */
export type PluginConfigurations = (plugin: string) => unknown;
export const noConfigurations: PluginConfigurations = () => undefined;

const group = 'apiserver.config.k8s.io';
const type: ConfigurationType = {
  kind: 'AdmissionConfiguration',
  apiVersions: [`${group}/v1`, 'apiserver.k8s.io/v1alpha1'],
  shape: shape('AdmissionConfiguration', {
    plugins: opt(
      list(1, object(0, shape('AdmissionPluginConfiguration', { name: string(1), path: opt(string(2)), configuration: opt(any(3)) }))),
    ),
  }),
};
/** Before there was an AdmissionConfiguration, the file was that of these plugins. */
const legacy: Readonly<Record<string, string>> = { imagePolicy: 'ImagePolicyWebhook', podNodeSelectorPluginConfig: 'PodNodeSelector' };

async function read(path: string): Promise<unknown> {
  try {
    return parseYaml(await readFile(path, 'utf8'))[0];
  } catch (error) {
    throw new Error(`unable to read admission control configuration from ${JSON.stringify(path)} [${(error as Error).message}]`);
  }
}

/** Reads the file of --admission-control-config-file, and the files it names. Throws Error. */
export async function readConfigurations(file: string): Promise<PluginConfigurations> {
  const given = await read(file);
  const isTyped = typeof given === 'object' && given !== null && 'kind' in given;
  const found = new Map<string, unknown>();
  const old = Object.keys(legacy).find((field) => !isTyped && typeof given === 'object' && given !== null && Object.hasOwn(given, field));
  if (old !== undefined) found.set(legacy[old]!, given);
  else {
    const { plugins = [] } = readConfiguration(type, given) as { plugins?: { name: string; path?: string; configuration?: unknown }[] };
    for (const { name, path = '', configuration } of plugins) {
      if (found.has(name)) continue;
      const own = configuration ?? (path === '' ? undefined : await read(resolve(dirname(file), path)));
      if (own !== undefined) found.set(name, own);
    }
  }
  return (plugin) => found.get(plugin);
}
