import { dirname, resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { readText } from './configuration.ts';
import { type Entry, entryIn, textIn } from './entries.ts';
import { type Credentials, ExecCredentials, type ExecPlan, readExecPlan } from './exec-credentials.ts';

/** How the API server shows a remote service who it is, as a `user` of a kubeconfig says. Texts are PEM. */
export interface UserPlan {
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** Asked for each request: a token may change. */
  readonly authorization?: (() => string | undefined) | undefined;
  /** A program that gives a token or certificate. */
  readonly exec?: ExecPlan | undefined;
}

/** A text that an entry holds itself, in base64, or names a file for, told from `path`, that of the kubeconfig. */
export function pemIn(entry: Entry, name: string, path: string): string | undefined {
  const inline = textIn(entry[`${name}-data`]);
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString('utf8');
  const file = textIn(entry[name]);
  return file === undefined ? undefined : readText(resolve(dirname(path), file));
}

/**
 * Reads a user of the kubeconfig at `path`; `cluster`: what a program is told of whom it gives credentials for. Throws Error in client-go's words.
 * What is written down goes before what a program gives; of `auth-provider` there are none, as upstream.
 */
export function readUser(name: string, user: Entry, cluster: Entry, path: string): UserPlan {
  const { 'auth-provider': provider } = user;
  if (provider) throw new Error(`no Auth Provider found for name ${JSON.stringify(textIn(entryIn(provider).name) ?? '')}`);
  const tokenFile = textIn(user.tokenFile);
  const authorization = authorizationOf(user, tokenFile === undefined ? undefined : resolve(dirname(path), tokenFile));
  const [certificate, key] = [pemIn(user, 'client-certificate', path), pemIn(user, 'client-key', path)];
  const exec = user.exec ? readExecPlan(name, entryIn(user.exec), cluster, path) : undefined;
  const isGiven = authorization !== undefined || certificate !== undefined;
  return { certificate, key, authorization, exec: isGiven ? undefined : exec };
}

function authorizationOf(user: Entry, tokenFile: string | undefined): (() => string) | undefined {
  if (tokenFile !== undefined) return () => `Bearer ${readText(tokenFile).trim()}`;
  const token = textIn(user.token);
  if (token !== undefined) return () => `Bearer ${token}`;
  const name = textIn(user.username);
  if (name === undefined) return undefined;
  const basic = Buffer.from(`${name}:${textIn(user.password) ?? ''}`).toString('base64');
  return () => `Basic ${basic}`;
}

/** What a request shows. */
export interface Shown {
  /** The header's value. */
  readonly authorization?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** Tells that it was answered with 401. */
  readonly refused: () => Promise<void>;
}

/** A user as requests need him. */
export class RemoteUser {
  readonly #plan: UserPlan;
  readonly #exec: ExecCredentials | undefined;

  constructor(plan: UserPlan, clock: Clock) {
    this.#plan = plan;
    this.#exec = plan.exec && new ExecCredentials(plan.exec, clock);
  }
  /** Throws Error when a program gives nothing. */
  async show(): Promise<Shown> {
    const { certificate, key, authorization } = this.#plan;
    const exec = this.#exec;
    if (exec === undefined) return { certificate, key, authorization: authorization?.(), refused: async () => undefined };
    const given: Credentials = await exec.get();
    return {
      certificate: given.certificate,
      key: given.key,
      authorization: given.token === undefined ? undefined : `Bearer ${given.token}`,
      refused: () => exec.refused(given),
    };
  }
}
