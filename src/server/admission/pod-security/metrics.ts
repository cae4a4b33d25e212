import type { Family, Metrics, Value } from '../../../base/metrics.ts';
import type { AdmissionContext } from '../../types.ts';
import { isNamespace } from '../lib/admission-request.ts';
import { latest, type LevelVersion, type Mode } from './levels.ts';

type Decision = 'allow' | 'deny';
/** The newest version whose rules are known. */
const newestVersion = 36;

function versionOf({ level, version }: LevelVersion): string {
  if (version === latest || level === 'privileged') return 'latest';
  return version > newestVersion ? 'future' : `v1.${version}`;
}
/** What the request is about, as upstream tells it. */
function requestOf({
  kind,
  operation,
  subresource,
}: AdmissionContext): readonly [operation: string, resource: string, subresource: string] {
  const resource = isNamespace(kind) ? 'namespace' : kind.group === '' && kind.kind === 'Pod' ? 'pod' : 'controller';
  return [operation.toLowerCase(), resource, subresource];
}

/** What Pod Security counts, under upstream's names (k8s.io/pod-security-admission metrics). */
export class PodSecurityMetrics {
  readonly #evaluations: Family<Value>;
  readonly #exemptions: Family<Value>;
  readonly #errors: Family<Value>;
  /** The usual case, by operation: a pod in a namespace that demands nothing. */
  readonly #free: Readonly<Record<string, Value>>;

  constructor(metrics: Metrics) {
    const request = ['request_operation', 'resource', 'subresource'];
    const counter = (name: string, help: string, labels: readonly string[]) =>
      metrics.counter(`pod_security_${name}`, `[ALPHA] ${help}`, labels);
    this.#evaluations = counter('evaluations_total', 'Pods held to a standard', [
      'decision',
      'policy_level',
      'policy_version',
      'mode',
      ...request,
    ]);
    this.#exemptions = counter('exemptions_total', 'Requests that are exempt', request);
    this.#errors = counter('errors_total', 'Requests that could not be judged as they should', ['fatal', ...request]);
    const free = (operation: string) => this.#evaluations.of('allow', 'privileged', 'latest', 'enforce', operation, 'pod', '');
    this.#free = { CREATE: free('create'), UPDATE: free('update') };
    for (const operation of ['create', 'update'])
      for (const resource of ['pod', 'controller']) this.#exemptions.of(operation, resource, '');
  }
  /** A pod where nothing is demanded. */
  free(context: AdmissionContext): void {
    const known = context.subresource === '' ? this.#free[context.operation] : undefined;
    if (known !== undefined) known.add();
    else this.evaluated(context, 'allow', { level: 'privileged', version: latest }, 'enforce');
  }
  evaluated(context: AdmissionContext, decision: Decision, policy: LevelVersion, mode: Mode): void {
    this.#evaluations.of(decision, policy.level, versionOf(policy), mode, ...requestOf(context)).add();
  }
  exempt(context: AdmissionContext): void {
    this.#exemptions.of(...requestOf(context)).add();
  }
  failed(context: AdmissionContext, isFatal: boolean): void {
    this.#errors.of(String(isFatal), ...requestOf(context)).add();
  }
}
