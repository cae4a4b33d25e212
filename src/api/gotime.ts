/** Times and durations as Go and Kubernetes write them. */
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: secondMs, m: minuteMs, h: hourMs };

/** Milliseconds of a Go duration ('1h15m30.5s', '-2m', '0'); undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return undefined;
  let total = 0;
  for (const [, amount, unit] of match[2]!.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) total += Number(amount) * unitMs[unit!]!;
  return match[1] === '-' ? -total : total;
}

/** Go's text of a duration in milliseconds: '1h15m30.5s', '0s', '350ms'. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  const trimmed = (amount: number) => String(Number(amount.toFixed(9)));
  if (size < secondMs) {
    if (size >= 1) return `${sign}${trimmed(size)}ms`;
    return size >= 1e-3 ? `${sign}${trimmed(size * 1e3)}µs` : `${sign}${trimmed(size * 1e6)}ns`;
  }
  const hours = Math.floor(size / hourMs);
  const minutes = Math.floor((size % hourMs) / minuteMs);
  const seconds = `${trimmed((size % minuteMs) / secondMs)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/** metav1.Time: whole seconds, UTC. */
export const formatTime = (ms: number): string => new Date(Math.floor(ms / secondMs) * secondMs).toISOString().replace('.000Z', 'Z');
/** metav1.MicroTime. */
export const formatMicroTime = (ms: number): string => new Date(Math.floor(ms)).toISOString().replace('Z', `${String(Math.floor((ms % 1) * 1000)).padStart(3, '0')}Z`);

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;
/** Milliseconds since the epoch of an RFC 3339 text; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  if (!rfc3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
/** The same moment in the form in which Time is written. */
export const normalizeTime = (text: string): string | undefined => {
  const ms = parseTime(text);
  return ms === undefined ? undefined : formatTime(ms);
};
export function normalizeMicroTime(text: string): string | undefined {
  const ms = parseTime(text);
  if (ms === undefined) return undefined;
  const micros = (rfc3339.exec(text)![7] ?? '').padEnd(6, '0').slice(0, 6);
  return formatTime(ms).replace('Z', `.${micros}Z`);
}

/** How long ago, in few characters: '5s', '3m12s', '4h5m', '2d3h', '45d', '2y10d' (k8s.io/apimachinery duration.HumanDuration). */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / secondMs);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 60 * 2) return `${seconds}s`;
  const two = (large: number, largeUnit: string, small: number, smallUnit: string) => (small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`);
  const minutes = Math.trunc(ms / minuteMs);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 60 * 3) return `${minutes}m`;
  const hours = Math.trunc(ms / hourMs);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 24 * 8) return two(Math.trunc(hours / 24), 'd', hours % 24, 'h');
  const days = Math.trunc(ms / dayMs);
  if (days < 365 * 2) return `${days}d`;
  return days < 365 * 8 ? two(Math.trunc(days / 365), 'y', days % 365, 'd') : `${Math.trunc(days / 365)}y`;
}
