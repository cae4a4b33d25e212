import type { ClassRecord, Tally } from './campaign.ts';
import { known } from './known.ts';
import type { Source } from './scenario.ts';

/** A class of differences with what shows it. */
export const told = ({ name, source, seed, example, where, reproduction }: ClassRecord): string =>
  `\n=== ${name}\n${source} ${seed}: ${[...where.keys()].join(', ')} ${example.where}\n  upstream: ${example.upstream}\n  skiff:    ${example.skiff}\n${reproduction.replaceAll(/^/gm, '  ')}`;

const total = (tally: Tally, of: 'requests' | 'unexplained') => [...tally.bySource.values()].reduce((sum, one) => sum + one[of], 0);

export function summary(tally: Tally, elapsedMs: number): string {
  const requests = total(tally, 'requests');
  return `${requests} requests in ${(elapsedMs / 60_000).toFixed(1)} min (${((requests / elapsedMs) * 1000).toFixed(0)}/s), ${total(tally, 'unexplained')} with unexplained differences of ${tally.classes.size} classes, ${tally.unsteady} unsteady`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: readonly (string | number)[]) => `| ${cells.map((one) => cell(String(one))).join(' | ')} |`;
const mostClasses = 100;

/** The report as a page. */
export function report(tally: Tally, sources: readonly Source[]): string {
  const classes = [...tally.classes.values()].sort((a, b) => b.count - a.count);
  const lines = [
    '# Differential test against upstream',
    '',
    "Written by `npm run differential -- --report docs/differential.md`. kube-apiserver 1.36.3 with etcd and Skiff's API server were asked the same;",
    'status, headers, bodies, watch events and managedFields were compared, once times, uids, resource versions, generated names and assigned',
    'addresses were hidden. A difference counts when it shows twice.',
    '',
    `${total(tally, 'requests')} requests, ${total(tally, 'unexplained')} with an unexplained difference, of ${classes.length} classes; ${tally.unsteady} did not show again.`,
    '',
    '| source | scenarios | requests | unexplained |',
    '| --- | ---: | ---: | ---: |',
    ...sources.flatMap(({ name }) => {
      const mine = tally.bySource.get(name);
      return mine === undefined ? [] : [row(name, mine.scenarios, mine.requests, mine.unexplained)];
    }),
    '',
  ];
  if (known.length > 0) {
    lines.push('## Known differences', '', '| difference | seen | why |', '| --- | ---: | --- |');
    for (const { name, reason } of known) lines.push(row(name, tally.known.get(name) ?? 0, reason));
    lines.push('');
  }
  if (classes.length > 0) {
    lines.push('## Unexplained differences', '', '| class | seen | requests |', '| --- | ---: | --- |');
    for (const { name, count, where } of classes.slice(0, mostClasses)) {
      const most = [...where].sort((a, b) => b[1] - a[1]).slice(0, 4);
      lines.push(row(name, count, most.map(([what]) => what).join(', ')));
    }
    lines.push('');
  }
  return lines.join('\n');
}
