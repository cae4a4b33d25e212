import { evictionRate, type ZoneState, zoneState } from './node-health.ts';

interface Zone {
  state: ZoneState;
  rate: number;
  tokens: number;
  filledMs: number;
  readonly waiting: Set<string>;
}
export interface ZoneCount {
  ready: number;
  notReady: number;
}

/** Holds back the NoExecute taints of nodes: by a rate in each zone, altogether when no zone has a node left that answers. */
export class ZoneBrake {
  readonly #zones = new Map<string, Zone>();
  readonly #normalRate = evictionRate('Normal', 0);

  add(zone: string, node: string, nowMs: number): void {
    this.#zone(zone, nowMs).waiting.add(node);
  }
  remove(node: string): void {
    for (const { waiting } of this.#zones.values()) waiting.delete(node);
  }
  /** Nodes whose turn it is now. */
  take(nowMs: number): readonly string[] {
    const taken: string[] = [];
    for (const zone of this.#zones.values()) {
      zone.tokens = Math.min(1, zone.tokens + ((nowMs - zone.filledMs) / 1000) * zone.rate);
      zone.filledMs = nowMs;
      for (const node of zone.waiting) {
        if (zone.rate === 0 || zone.tokens < 1) break;
        zone.tokens -= 1;
        zone.waiting.delete(node);
        taken.push(node);
      }
    }
    return taken;
  }
  /** Sets the rates by how many nodes answer. 'stop': no node answers any more; 'resume': some do again. */
  adjust(counts: ReadonlyMap<string, ZoneCount>, nowMs: number): 'stop' | 'resume' | undefined {
    const states = new Map([...counts].map(([name, { ready, notReady }]) => [name, zoneState(ready, notReady)]));
    for (const name of states.keys()) this.#zone(name, nowMs);
    for (const name of this.#zones.keys()) if (!states.has(name)) this.#zones.delete(name);
    if (states.size === 0) return undefined;
    const allDown = [...states.values()].every((state) => state === 'FullDisruption');
    const allWereDown = [...this.#zones.values()].every(({ state }) => state === 'FullDisruption');
    if (allDown && allWereDown) return undefined;
    for (const [name, zone] of this.#zones) {
      const { ready, notReady } = counts.get(name)!;
      zone.state = states.get(name)!;
      zone.rate = allDown ? 0 : evictionRate(zone.state, ready + notReady);
    }
    return allDown ? 'stop' : allWereDown ? 'resume' : undefined;
  }
  #zone(name: string, nowMs: number): Zone {
    let zone = this.#zones.get(name);
    if (zone === undefined) {
      zone = { state: 'Initial', rate: this.#normalRate, tokens: 1, filledMs: nowMs, waiting: new Set() };
      this.#zones.set(name, zone);
    }
    return zone;
  }
}
