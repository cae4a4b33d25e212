import type { Part } from '../base/supervisor.ts';
import type { HealthCheck } from '../server/health.ts';

/** Which parts of the control plane run, for ComponentStatus. */
export class Components {
  readonly #parts = new Map<string, readonly Part[]>();
  readonly #running = new Set<Part>();

  /** The parts of a component, to be run in place of those given. */
  watch(name: string, parts: readonly Part[]): readonly Part[] {
    this.#parts.set(name, parts);
    return parts.map((part) => ({
      name: part.name,
      get ready() {
        return part.ready;
      },
      run: async (signal) => {
        this.#running.add(part);
        try {
          await part.run(signal);
        } finally {
          this.#running.delete(part);
        }
      },
    }));
  }
  /** A component that does not run here is not well. */
  readonly checks: readonly HealthCheck[] = ['controller-manager', 'scheduler'].map((name) => ({ name, check: () => this.#check(name) }));

  #check(name: string): void {
    const parts = this.#parts.get(name);
    if (parts === undefined) throw new Error(`${name} does not run here`);
    const stopped = parts.filter((part) => !this.#running.has(part)).map((part) => part.name);
    if (stopped.length > 0) throw new Error(`not running: ${stopped.join(', ')}`);
  }
}
