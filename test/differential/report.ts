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

/** Where the time of the processor went. */
export const spent = (tally: Tally): string =>
  `CPU a request: ${[...tally.cpuMs].map(([name, ms]) => `${name} ${(ms / total(tally, 'requests')).toFixed(2)} ms`).join(', ')}`;

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: readonly (string | number)[]) => `| ${cells.map((one) => cell(String(one))).join(' | ')} |`;
const mostClasses = 60;
const preface = `# Differential test against upstream

Two servers are asked the same: kube-apiserver 1.36.3 with etcd, and Skiff's API server without controllers. Status, headers (warnings, content
type, location, ...), bodies, events of watches and managedFields must be the same, once what two servers can't have in common is hidden: times
near now, uids, resource versions, generated names and suffixes, assigned addresses and ports. These are numbered by their first appearance in a
scenario, so that what is the same, or new, stays visible. The order of members counts too. A difference counts when it shows twice.

\`\`\`
npm run differential                                              # a hundred scenarios of each source
npm run differential -- --source patches,apply --minutes 30 --seeds 1000000
npm run differential -- --source objects --start 4711 --seeds 1   # one case again, by its seed
\`\`\`

It needs kube-apiserver and etcd in \`SUITE_DIR/bin\` (default \`~/.cache/skiff-upstream/bin\`; \`npm run conformance\` builds them), and for the source
\`fixtures\` the published API types (\`SKIFF_FIXTURES\`). Both servers begin anew after 40,000 requests, so that memory and disk stay bounded;
their stores stand in /dev/shm where it has 4 GiB left. The last line says how much CPU time each process used for a request.

| source | what it asks |
| --- | --- |
| corners | by hand: every kind's creates, updates, status, scale, patches of each type, apply, deletes, tables, partial metadata, protobuf, watches; discovery, OpenAPI |
| fixtures | upstream's round-trip fixtures of all releases, as JSON, YAML and protobuf, with each field validation |
| objects | objects of every kind, valid, nearly valid or hostile by their declared shapes; updates of them and of their subresources |
| reviews | what is only posted |
| patches, apply | JSON, merge and strategic patches with directives; server-side apply by several managers |
| reads, watches | lists, selectors, pages, versions, tables and formats; events since a version |
| deletes | options of deletes, in bodies and queries, of one and of many |
| definitions, custom | CustomResourceDefinitions with schemas and rules in CEL; their objects |
| policies | validating and mutating admission policies with bindings and parameters; objects that they admit, refuse, warn of or change |
| requests | odd paths, methods, content types, bodies, headers |

A scenario is played in a namespace of its own. One that differs is played again, and made smaller as long as the difference shows; differences that
are alike are one class. \`test/differential/known.ts\` holds those that are meant to be, with the reason.

## How far it got
`.split('\n');

/** The report as a page. */
export function report(tally: Tally, sources: readonly Source[]): string {
  const classes = [...tally.classes.values()].sort((a, b) => b.count - a.count);
  const lines = [
    ...preface,
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
