import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { ageColumn } from '../lib/columns.ts';
import { byteLength, dnsLabel, domainPrefixedPath, type Errors, immutable, namesOf } from '../lib/validate.ts';
import { validateTypedReference } from './lib/ingress.ts';
import { type IngressClassParametersReference, ingressClassSpec } from './shapes/ingress-class.ts';

/** The class of ingresses that name none. */
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';
const longestController = 250;

function* validateParameters(parameters: IngressClassParametersReference, path: string): Errors {
  yield* validateTypedReference(parameters, path);
  const { scope, namespace } = parameters;
  if (scope === undefined) yield fieldError.required(`${path}.scope`);
  else if (scope === 'Cluster') {
    if (namespace !== undefined) yield fieldError.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'");
  } else if (scope !== 'Namespace') yield fieldError.notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace'], 'sorted', 'plain');
  else if (namespace === undefined) yield fieldError.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'");
  else yield* dnsLabel(`${path}.namespace`, namespace);
}

/** Who serves the ingresses that name it. */
export const IngressClass = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'Cluster',
  openApiName: 'io.k8s.api.networking.v1.IngressClass',
  generation: true,
  fields: { spec: object(2, ingressClassSpec) },
  defaults({ spec }) {
    if (spec.parameters !== undefined) spec.parameters.scope ??= 'Cluster';
  },
  *validate({ spec }, { old, found }) {
    const { controller = '', parameters } = spec;
    if (old !== undefined) {
      yield* immutable('spec.controller', controller, old.spec.controller ?? '');
      yield* namesOf(found);
    }
    if (byteLength(controller) > longestController) yield fieldError.tooLong('spec.controller', longestController);
    yield* domainPrefixedPath('spec.controller', controller);
    if (parameters !== undefined) yield* validateParameters(parameters, 'spec.parameters');
  },
  columns: [
    {
      name: 'Name',
      format: 'name',
      value: ({ metadata }) => `${metadata.name ?? ''}${metadata.annotations?.[defaultAnnotation] === 'true' ? ' (default)' : ''}`,
    },
    { name: 'Controller', description: 'Who serves the class', value: ({ spec }) => spec.controller ?? '' },
    {
      name: 'Parameters',
      description: 'An object that says more',
      value({ spec: { parameters } }) {
        if (parameters === undefined) return '<none>';
        const { kind, apiGroup, name } = parameters;
        return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
      },
    },
    ageColumn,
  ],
});
export interface IngressClass extends ObjectOf<typeof IngressClass> {}
