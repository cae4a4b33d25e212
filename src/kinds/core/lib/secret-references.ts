import type { ObjectReference } from '../shapes/references.ts';

/** A service account's secrets are named, and nothing else of the reference is kept. */
export function dropSecretDetails(account: {
  secrets?: { -readonly [K in keyof ObjectReference]: ObjectReference[K] }[] | undefined;
}): void {
  if (account.secrets !== undefined) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
