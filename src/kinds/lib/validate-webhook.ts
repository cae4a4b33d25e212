import { parseGoUrl } from '../../api/go-url.ts';
import { isDns1123Subdomain, isPortNumber } from '../../api/names.ts';
import { fieldError } from '../../api/status.ts';
import type { Errors } from './validate.ts';

/** How webhooks are reached (k8s.io/apiserver util/webhook/validation.go): of admission webhooks and of conversion. */
const form = '; desired format: https://host[/path]';

export function* validateWebhookUrl(path: string, text: string): Errors {
  const url = parseGoUrl(text);
  if ('error' in url) return yield fieldError.required(path, `url must be a valid URL: ${url.error}${form}`);
  if (url.scheme !== 'https') yield fieldError.invalid(path, url.scheme, `'https' is the only allowed URL scheme${form}`);
  if (url.host === '') yield fieldError.invalid(path, url.host, `host must be specified${form}`);
  if (url.user !== undefined) yield fieldError.invalid(path, url.user, 'user information is not permitted in the URL');
  if (url.fragment !== '') yield fieldError.invalid(path, url.fragment, 'fragments are not permitted in the URL');
  if (url.query !== '') yield fieldError.invalid(path, url.query, 'query parameters are not permitted in the URL');
}

export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}

export function* validateWebhookService(path: string, { namespace, name, path: urlPath, port }: WebhookService): Errors {
  if (name === '') yield fieldError.required(`${path}.name`);
  if (namespace === '') yield fieldError.required(`${path}.namespace`);
  const portProblems = isPortNumber(port ?? 443);
  if (portProblems.length > 0) yield fieldError.invalid(`${path}.port`, port, `port is not valid: ${portProblems.join(', ')}`);
  if (urlPath === undefined || urlPath === '' || urlPath === '/') return;
  const at = `${path}.path`;
  if (urlPath === '//') return yield fieldError.invalid(at, urlPath, 'segment[0] may not be empty');
  if (!urlPath.startsWith('/')) yield fieldError.invalid(at, urlPath, "must start with a '/'");
  for (const [index, step] of urlPath.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (step === '') yield fieldError.invalid(at, urlPath, `segment[${index}] may not be empty`);
    else for (const message of isDns1123Subdomain(step)) yield fieldError.invalid(at, urlPath, `segment[${index}]: ${message}`);
  }
}
