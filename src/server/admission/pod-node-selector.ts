import { fieldError, forbidden, internalError, unknownError } from '../../api/status.ts';
import { isLabelValue, isQualifiedName } from '../../api/names.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore } from './lib/refuse.ts';

type Labels = Readonly<Record<string, string>>;

const annotation = 'scheduler.alpha.kubernetes.io/node-selector';
const conflict = 'pod node label selector conflicts with its namespace node label selector';

/** 'a=b,c=d' as labels. Throws what upstream says of what is none. */
function parsed(text = ''): Labels {
  const labels: Record<string, string> = {};
  for (const part of text === '' ? [] : text.split(',')) {
    const sides = part.split('=');
    if (sides.length !== 2) throw unknownError(`invalid selector: [${sides.join(' ')}]`);
    const [key, value] = [sides[0]!.trim(), sides[1]!.trim()];
    const keyFaults = isQualifiedName(key);
    const faults = keyFaults.length > 0 ? keyFaults : isLabelValue(value);
    if (faults.length > 0) {
      const [at, given] = keyFaults.length > 0 ? ['<nil>', key] : [`[${key}]`, value];
      throw unknownError(`${at}: ${fieldError.invalid(at, given, faults.join('; ')).text}`);
    }
    labels[key] = value;
  }
  return labels;
}
const conflicts = (a: Labels, b: Labels): boolean => Object.keys(a).some((key) => Object.hasOwn(b, key) && a[key] !== b[key]);

/**
 * Binds the pods of a namespace to nodes that the namespace, or the cluster's configuration, is for
 * (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podnodeselector).
 */
export function podNodeSelector(configuration: unknown): AdmissionPlugin {
  const given = (configuration as { readonly podNodeSelectorPluginConfig?: unknown } | undefined)?.podNodeSelectorPluginConfig;
  const selectors = (typeof given === 'object' && given !== null ? given : {}) as Labels;
  const concerns = (context: AdmissionContext) => isCore(context, 'Pod') && context.operation === 'CREATE';
  const refused = ({ object }: AdmissionContext, why: string) =>
    forbidden({ group: '', resource: 'pods' }, object.metadata.name ?? '', why);

  const ofNamespace = async ({ deps, namespace }: AdmissionContext): Promise<Labels> => {
    const found = await deps.resources.get(deps.resources.kinds.byKind('', 'Namespace')!, { name: namespace });
    if (found === undefined) throw internalError(`namespace ${namespace} does not exist`);
    return parsed(found.metadata.annotations?.[annotation] ?? selectors.clusterDefaultNodeSelector);
  };
  const check = (context: AdmissionContext, wanted: Labels): void => {
    const own: Labels = context.object.spec.nodeSelector ?? {};
    if (conflicts(wanted, own)) throw refused(context, conflict);
    const allowed = parsed(selectors[context.namespace]);
    const isWithin = Object.keys(allowed).length === 0 || Object.entries(own).every(([key, value]) => allowed[key] === value);
    if (!isWithin) throw refused(context, 'pod node label selector labels conflict with its namespace whitelist');
  };
  return {
    name: 'PodNodeSelector',
    async mutate(context) {
      if (!concerns(context)) return;
      const wanted = await ofNamespace(context);
      const { spec } = context.object;
      if (conflicts(wanted, spec.nodeSelector ?? {})) throw refused(context, conflict);
      const merged = { ...wanted, ...spec.nodeSelector };
      if (Object.keys(merged).length > 0) spec.nodeSelector = merged;
      check(context, wanted);
    },
    async validate(context) {
      if (concerns(context)) check(context, await ofNamespace(context));
    },
  };
}
