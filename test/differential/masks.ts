/**
 * Hides in an answer what two servers cannot have in common: times, uids, resourceVersions, generated names, assigned addresses and ports.
 * A value is numbered by its first appearance in the scenario, so what is the same or new stays visible. One for each server and scenario.
 */
export class Masks {
  readonly #nowMs: () => number;
  readonly #numbers = new Map<string, Map<string, number>>();
  /** Values that the client sent: no server made them up. */
  readonly #given = new Set<string>();
  readonly #generated = new Map<string, string>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }
  /** Takes in what was asked: addresses and ports that the client chose are shown as they are. */
  sent(text: string): void {
    for (const [address] of text.matchAll(assignedAddress)) if (!this.#knows('ip', address)) this.#given.add(address);
    for (const [, port] of text.matchAll(nodePort)) if (!this.#knows('port', port!)) this.#given.add(port!);
  }
  /** A name made from generateName. */
  named(generateName: string, name: string): void {
    // Long ones are cut, so that the suffix still fits.
    const base = generateName.slice(0, 58);
    if (name.startsWith(base) && name.length > base.length && !this.#generated.has(name))
      this.#generated.set(name, `${base}<suffix ${this.#generated.size + 1} of ${name.length - base.length}>`);
  }
  text(text: string): string {
    let shown = text;
    for (const [name, mask] of this.#generated) shown = shown.replaceAll(name, mask);
    // Most texts hold few of these: to look for a sign of one costs less than to replace it.
    const hide = (sign: string, pattern: RegExp, by: string | ((found: string, ...parts: string[]) => string)) => {
      if (shown.includes(sign)) shown = shown.replaceAll(pattern, by as string);
    };
    hide('eyJ', token, (found, payload) => this.#token(payload!) ?? found);
    hide('-', uuid, (found) => this.#number('uid', found));
    hide('"metadata":', collectionVersion, '$1"resourceVersion":"<list rv>"');
    hide('List\n', yamlCollectionVersion, '  resourceVersion: "<list rv>"');
    hide('esource', version, (_, key, found) => `${key}${this.#number('rv', found!)}`);
    hide('kube-api-access-', tokenVolume, (found) => this.#number('token volume', found));
    hide('"continue":', continueToken, '"continue":"<continue>"');
    hide('Z', time, (found, seconds, fraction = '') =>
      this.#isNow(seconds!) ? `<now${'.0'.repeat(Math.min(fraction.length, 1))}>` : found,
    );
    hide('.', assignedAddress, (found) => (this.#given.has(found) ? found : this.#number('ip', found)));
    hide('odePort', nodePort, (all, port) => (this.#given.has(port!) ? all : all.replace(port!, `"${this.#number('port', port!)}"`)));
    hide('Duplicate value: 3', duplicatePort, (found) => (this.#given.has(found) ? found : this.#number('port', found)));
    hide('.', ownAddress, '<address>');
    hide('Too large resource version', /(?<=Too large resource version: .{1,20}, current: )\d+/g, '<rv>');
    hide('"serverAddress":', /("serverAddress":\s*)"[^"]*"/g, '$1"<address>"');
    hide('serverAddress: ', /(?<=\bserverAddress: )\S+/g, '<address>');
    hide('X509SHA256', credential, 'X509SHA256=<credential>');
    hide('selfType', ruleType, 'selfType');
    hide('kubernetes-admin', /kubernetes-admin/g, 'admin');
    if (/"kind":\s*"Table"/.test(shown))
      shown = shown
        .replaceAll(age, '"<age>"')
        .replaceAll(nodePortCell, (port) => (this.#given.has(port) ? port : this.#number('port', port)));
    else if (/^kind: Table$/m.test(shown)) shown = shown.replaceAll(ageLine, '<age>');
    return shown;
  }
  /** What the server itself made up before may come back in a request. */
  #knows(what: string, value: string): boolean {
    return this.#numbers.get(what)?.has(value) ?? false;
  }
  #number(what: string, value: string): string {
    let known = this.#numbers.get(what);
    if (known === undefined) this.#numbers.set(what, (known = new Map()));
    let number = known.get(value);
    if (number === undefined) known.set(value, (number = known.size + 1));
    return `<${what} ${number}>`;
  }
  #isNow(seconds: string): boolean {
    return Math.abs(Date.parse(`${seconds}Z`) - this.#nowMs()) < nearMs;
  }
  /** What a bearer token says, its times counted from when it was issued. */
  #token(payload: string): string | undefined {
    try {
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const { iat } = claims;
      const shown = JSON.stringify({ ...claims, iat: 0, nbf: claims.nbf - iat, exp: claims.exp - iat }).replace(
        /"warnafter":(\d+)/,
        (_, at) => `"warnafter":${at - iat}`,
      );
      return `<token ${JSON.stringify(shown).slice(1, -1)}>`;
    } catch {
      return undefined;
    }
  }
}

/** Times so near to now are made up by a server. */
export const nearMs = 36 * 3600_000;
const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
/** Of a list, a table or a bookmark: it tells of the whole store. */
const collectionVersion = /("kind":"(?:\w*List|Table)",\s*"apiVersion":"[^"]*",\s*"metadata":\{\s*)"resourceVersion":\s*"\d+"/g;
const yamlCollectionVersion = /(?<=^kind: \w*List\nmetadata:\n(?: {2}(?:continue|remainingItemCount): .*\n)*) {2}resourceVersion: "\d+"/gm;
const version =
  /((?:\bresourceVersion|\bResourceVersion in (?:the precondition|precondition|record|object meta)|Too large resource version)(?:\\*"\s*:\s*\\*"|: "?| \())(\d+)/g;
const continueToken = /"continue":\s*"[\w+/=-]+"/g;
const time = /\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z/g;
/** The range of services, see servers.ts, and that of a ServiceCIDR which another scenario made. */
const assignedAddress = /\b(?:10\.96\.\d{1,3}|192\.0\.2)\.\d{1,3}\b/g;
const nodePort = /"(?:nodePort|healthCheckNodePort)\\*":\s*(\d+)/g;
/** Two ports of a service that are the same have one node port. */
const duplicatePort = /(?<=Duplicate value: )3[0-2]\d{3}\b/g;
const ownAddress = /\b(?:127\.0\.0\.1|172\.\d+\.\d+\.\d+):\d{2,5}\b/g;
/** Of the volume of a pod's token. */
const tokenVolume = /\bkube-api-access-[a-z0-9]{5}\b/g;
/** Of the administrator's certificate, which each server has from its own authority. */
const credential = /X509SHA256=[0-9a-f]{64}/g;
/** What messages call the type of `self` in a rule: upstream adds the nanosecond to it. */
const ruleType = /\bselfType\d+\b/g;
const age = /"(?:\d+(?:ms|s|m|h|d))+"/g;
/** In YAML. */
const ageLine = /(?<=^ *- )(?:\d+(?:ms|s|m|h|d))+$/gm;
/** '80:31597/TCP' among the cells of a service. */
const nodePortCell = /(?<=\d:)3[0-2]\d{3}(?=\/(?:TCP|UDP|SCTP))/g;
const token = /eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+/g;
