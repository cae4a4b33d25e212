import { createHash } from 'node:crypto';
import type { Logger } from '../../base/log.ts';
import type { Identity } from '../../client/call.ts';
import type { TokenAuthenticator } from '../types.ts';
import { audienceAgnostic } from './audiences.ts';

/** Fields of comma-separated values (RFC 4180), lines as Go's encoding/csv gives them. Throws Error with the line. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    if (record.length === 0 && /^\r?\n/.test(text.slice(at, at + 2))) {
      at += text[at] === '\r' ? 2 : 1;
      line++;
      continue;
    }
    let field: string;
    if (text[at] === '"') {
      const quoted = /"((?:[^"]|"")*)"/y;
      quoted.lastIndex = at;
      const match = quoted.exec(text);
      if (match === null) throw new Error(`parse error on line ${line}: extraneous or missing " in quoted-field`);
      field = match[1]!.replaceAll('""', '"').replaceAll('\r\n', '\n');
      line += match[0].split('\n').length - 1;
      at += match[0].length;
      if (at < text.length && !/^(,|\r?\n)/.test(text.slice(at, at + 2)))
        throw new Error(`parse error on line ${line}: extraneous or missing " in quoted-field`);
    } else {
      const end = /[,\n]/g;
      end.lastIndex = at;
      const stop = end.exec(text)?.index ?? text.length;
      field = text.slice(at, stop).replace(/\r$/, '');
      if (field.includes('"')) throw new Error(`parse error on line ${line}: bare " in non-quoted field`);
      at = stop;
    }
    record.push(field);
    const hasMore = text[at] === ',';
    if (hasMore) {
      at++;
      if (at < text.length) continue;
      record.push('');
    } else {
      at += text.startsWith('\r\n', at) ? 2 : 1;
      line++;
    }
    records.push(record);
    record = [];
  }
  return records;
}

/** Tokens by their hashes: what looking one up takes tells nothing of the others. */
const hashOf = (token: string) => createHash('sha256').update(token).digest('base64');

/** Reads `token,user,uid,"group1,group2"` lines (--token-auth-file). Throws Error as upstream does for what is none. */
export function parseTokenFile(text: string, path: string, log: Logger): ReadonlyMap<string, Identity> {
  const tokens = new Map<string, Identity>();
  for (const [index, [token = '', user, uid, groups]] of parseCsv(text).entries()) {
    if (user === undefined || uid === undefined)
      throw new Error(
        `token file '${path}' must have at least 3 columns (token, user name, user uid), found ${user === undefined ? 1 : 2}`,
      );
    if (token === '') {
      log.warn('empty token in the token file', { path, record: index + 1 });
      continue;
    }
    const hash = hashOf(token);
    if (tokens.has(hash)) log.warn('duplicate token in the token file', { path, record: index + 1 });
    tokens.set(hash, { user, ...(uid === '' ? {} : { uid }), groups: groups === undefined ? [] : groups.split(',') });
  }
  return tokens;
}

/** Tokens that a file names (--token-auth-file), each for one user. */
export function createTokenFileAuthenticator(tokens: ReadonlyMap<string, Identity>, apiAudiences: readonly string[]): TokenAuthenticator {
  return audienceAgnostic(apiAudiences, async (token) => tokens.get(hashOf(token)));
}
