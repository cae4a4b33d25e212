import type { CustomResourceDefinitionSpec, CustomResourceDefinitionVersion } from '../shapes/custom-resource-definition.ts';
import { compareVersions } from '../../../api/versions.ts';

/** The warning for requests of a deprecated version. */
export function deprecationOf(
  spec: CustomResourceDefinitionSpec,
  version: CustomResourceDefinitionVersion,
): { readonly deprecated?: string } {
  if (version.deprecated !== true) return {};
  if (version.deprecationWarning !== undefined) return { deprecated: version.deprecationWarning };
  const nameOf = (name: string) => `${spec.group}/${name} ${spec.names.kind}`;
  const better = spec.versions
    .filter((one) => one.served && one.deprecated !== true && compareVersions(one.name, version.name) < 0)
    .map(({ name }) => name)
    .sort(compareVersions);
  return { deprecated: `${nameOf(version.name)} is deprecated${better.length === 0 ? '' : `; use ${nameOf(better[0]!)}`}` };
}
