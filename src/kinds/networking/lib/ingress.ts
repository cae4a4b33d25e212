import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import {
  ipFamily,
  isDns1123Label,
  isDns1123Subdomain,
  isIp,
  isPathSegmentName,
  isPortName,
  isPortNumber,
  isWildcardDns1123Subdomain,
} from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { dnsSubdomain, type Errors, invalidIf } from '../../lib/validate.ts';
import type { HTTPIngressPath, IngressBackend, IngressRule, IngressSpec, IngressStatus, IngressTLS } from '../shapes/ingress.ts';

/** Ingress (pkg/apis/networking/validation). */
export interface IngressLike extends ApiObject {
  readonly spec: IngressSpec;
  readonly status: IngressStatus;
}
export const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const oddSequences = ['//', '/./', '/../', '%2f', '%2F'];
const oddEnds = ['/..', '/.'];

/** What an update may keep because it stood there before. */
interface Leniency {
  readonly secretNames: boolean;
  readonly wildcardRules: boolean;
}

const host = (text: string) => (text.includes('*') ? isWildcardDns1123Subdomain(text) : isDns1123Subdomain(text));

/** A kind and name within the namespace; the group is a domain where there is one. */
export function* validateTypedReference(
  { apiGroup, kind, name }: { readonly apiGroup?: string | undefined; readonly kind: string; readonly name: string },
  path: string,
): Errors {
  if (apiGroup !== undefined) yield* dnsSubdomain(`${path}.apiGroup`, apiGroup);
  if (kind === '') yield fieldError.required(`${path}.kind`);
  else yield* invalidIf(isPathSegmentName(kind), `${path}.kind`, kind);
  if (name === '') yield fieldError.required(`${path}.name`);
  else yield* invalidIf(isPathSegmentName(name), `${path}.name`, name);
}

function* validateBackend({ resource, service }: IngressBackend, path: string): Errors {
  if (resource !== undefined && service !== undefined)
    return yield fieldError.invalid(path, '', 'cannot set both resource and service backends');
  if (resource !== undefined) return yield* validateTypedReference(resource, `${path}.resource`);
  if (service === undefined) return yield fieldError.invalid(path, '', 'resource or service backend is required');
  if (service.name === '') yield fieldError.required(`${path}.service.name`);
  else yield* invalidIf(isDns1123Label(service.name), `${path}.service.name`, service.name);
  const { name = '', number = 0 } = service.port;
  if (name !== '' && number !== 0) yield fieldError.invalid(path, '', 'cannot set both port name & port number');
  else if (name !== '') yield* invalidIf(isPortName(name), `${path}.service.port.name`, name);
  else if (number !== 0) yield* invalidIf(isPortNumber(number), `${path}.service.port.number`, number);
  else yield fieldError.required(path, 'port name or number is required');
}

function* validatePath({ path: urlPath = '', pathType, backend }: HTTPIngressPath, path: string): Errors {
  if (pathType === undefined) return yield fieldError.required(`${path}.pathType`, 'pathType must be specified');
  const at = `${path}.path`;
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!urlPath.startsWith('/')) yield fieldError.invalid(at, urlPath, 'must be an absolute path');
    for (const odd of oddSequences) if (urlPath.includes(odd)) yield fieldError.invalid(at, urlPath, `must not contain '${odd}'`);
    for (const odd of oddEnds) if (urlPath.endsWith(odd)) yield fieldError.invalid(at, urlPath, `cannot end with '${odd}'`);
  } else if (pathType === 'ImplementationSpecific') {
    if (urlPath !== '' && !urlPath.startsWith('/')) yield fieldError.invalid(at, urlPath, 'must be an absolute path');
  } else yield fieldError.notSupported(`${path}.pathType`, pathType, pathTypes);
  yield* validateBackend(backend, `${path}.backend`);
}

function* validatePaths({ http }: IngressRule, path: string): Errors {
  if (http === undefined) return;
  if (http.paths.length === 0) yield fieldError.required(`${path}.http.paths`);
  for (const [index, one] of http.paths.entries()) yield* validatePath(one, `${path}.http.paths[${index}]`);
}

function* validateRule(rule: IngressRule, path: string, lenient: Leniency): Errors {
  const { host: name = '' } = rule;
  if (name !== '') {
    if (ipFamily(name) !== undefined) yield fieldError.invalid(`${path}.host`, name, 'must be a DNS name, not an IP address');
    yield* invalidIf(host(name), `${path}.host`, name);
  }
  if (!name.includes('*') || !lenient.wildcardRules) yield* validatePaths(rule, path);
}

const secretProblems = ({ secretName = '' }: IngressTLS) => (secretName === '' ? [] : isDns1123Subdomain(secretName));

function* validateTls(tls: IngressTLS, path: string, lenient: Leniency): Errors {
  for (const [index, name] of (tls.hosts ?? []).entries()) yield* invalidIf(host(name), `${path}.hosts[${index}]`, name);
  if (!lenient.secretNames) yield* invalidIf(secretProblems(tls), `${path}.secretName`, tls.secretName);
}

function* validateSpec({ rules = [], tls = [], defaultBackend, ingressClassName }: IngressSpec, lenient: Leniency): Errors {
  if (rules.length === 0 && defaultBackend === undefined)
    yield fieldError.invalid('spec', null, 'either `defaultBackend` or `rules` must be specified');
  if (defaultBackend !== undefined) yield* validateBackend(defaultBackend, 'spec.defaultBackend');
  for (const [index, rule] of rules.entries()) yield* validateRule(rule, `spec.rules[${index}]`, lenient);
  for (const [index, one] of tls.entries()) yield* validateTls(one, `spec.tls[${index}]`, lenient);
  if (ingressClassName !== undefined) yield* dnsSubdomain('spec.ingressClassName', ingressClassName);
}

function* validateStatus({ loadBalancer }: IngressStatus, old: IngressStatus | undefined): Errors {
  const known = new Set(old?.loadBalancer.ingress?.map(({ ip }) => ip));
  for (const [index, { ip = '', hostname = '' }] of (loadBalancer.ingress ?? []).entries()) {
    const path = `status.loadBalancer.ingress[${index}]`;
    if (ip !== '' && !known.has(ip)) yield* invalidIf(isIp(ip), `${path}.ip`, ip);
    if (hostname === '') continue;
    yield* dnsSubdomain(`${path}.hostname`, hostname);
    if (ipFamily(hostname) !== undefined) yield fieldError.invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address');
  }
}

export function* validateIngress(ingress: IngressLike, { old, subresource }: ValidationContext<IngressLike>): Errors {
  const { metadata, spec, status } = ingress;
  if (subresource === 'status') return yield* validateStatus(status, old?.status);
  const wildcards = (old?.spec.rules ?? []).filter((rule) => rule.host?.includes('*') === true);
  yield* validateSpec(spec, {
    secretNames: (old?.spec.tls ?? []).some((tls) => secretProblems(tls).length > 0),
    wildcardRules: wildcards.some((rule) => [...validatePaths(rule, '')].length > 0),
  });
  const annotation = metadata.annotations?.[classAnnotation];
  if (old === undefined && annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName)
    yield fieldError.invalid(`annotations.${classAnnotation}`, annotation, 'must match `ingressClassName` when both are specified');
}
