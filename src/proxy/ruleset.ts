import type { Rules } from './rules.ts';

/** What does not change while the node runs. */
export interface RulesetOptions {
  /** Name of the table; ours alone. */
  readonly table: string;
  /** All pods of the cluster, and those of this node. */
  readonly clusterCidr: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

/** Mark of packets that came in by a node port or external address and must be masqueraded. */
const outsideMark = '0x4000';

const mapNames = {
  services: 'services',
  nodePorts: 'nodeports',
  endpoints: 'endpoints',
  nodeEndpoints: 'nodeendpoints',
  marks: 'marks',
  nodeMarks: 'nodemarks',
} as const;
type MapName = keyof typeof mapNames;
const setNames = { selves: 'selves', outside: 'outside' } as const;
type SetName = keyof typeof setNames;

/**
 * A chain of its own per number of endpoints, not per service: it draws a number and looks the endpoint up in a map.
 * Ten thousand services load in half a second this way, a chain per service takes most of a minute.
 */
function chainBody(name: string): string {
  if (name === 'none') return '    meta l4proto tcp reject with tcp reset\n    reject with icmpx type port-unreachable\n';
  const [, kind, count, , seconds] = /^(ep|np)_(\d+)(_sticky_(\d+))?$/.exec(name)!;
  const nodePort = kind === 'np';
  const key = `${nodePort ? '' : 'ip daddr . '}meta l4proto . th dport . meta mark`;
  const [endpoints, marks] = nodePort ? ['@nodeendpoints', '@nodemarks'] : ['@endpoints', '@marks'];
  const client = 'ip saddr . ip daddr . th dport';
  const forward = `meta l4proto { tcp, udp, sctp } dnat ip to ${key} map ${endpoints}\n`;
  // Reply traffic of node ports must come back through this node, whichever node the endpoint is on.
  const mark = nodePort ? `    ct mark set ${outsideMark}\n` : '';
  const draw = `    meta mark set numgen random mod ${count}\n`;
  if (seconds === undefined) return `${mark}${draw}    ${forward}`;
  const remember = `update @affinity { ${client} timeout ${seconds}s : meta mark }`;
  // Where the endpoint that is remembered is there no more, it is forgotten, since an update would keep the old mark.
  return `${mark}    meta mark set ${client} map @affinity ${key} ${endpoints} ${remember} ${forward}    delete @affinity { ${client} : meta mark }
${draw}    meta mark set ${key} map ${marks}\n    ${remember}\n    ${forward}`;
}

function elements(entries: Iterable<string>): string {
  const list = [...entries];
  return list.length === 0 ? '' : ` elements = { ${list.join(', ')} };`;
}
const verdicts = (map: ReadonlyMap<string, string>) => [...map].map(([key, chain]) => `${key} : goto ${chain}`);
const values = (map: ReadonlyMap<string, string>) => [...map].map(([key, value]) => `${key} : ${value}`);

/** The whole table as one transaction that replaces the last one. Text for `nft -f -`. */
export function fullRuleset(rules: Rules, options: RulesetOptions): string {
  const { table, clusterCidr, podCidr, serviceCidr } = options;
  const chains = [...rules.chains].map((name) => `  chain ${name} {\n${chainBody(name)}  }\n`).join('');
  return `table inet ${table}
delete table inet ${table}
table inet ${table} {
  map endpoints { type ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service;${elements(values(rules.endpoints))} }
  map nodeendpoints { type inet_proto . inet_service . mark : ipv4_addr . inet_service;${elements(values(rules.nodeEndpoints))} }
  map marks { type ipv4_addr . inet_proto . inet_service . mark : mark;${elements(values(rules.marks))} }
  map nodemarks { type inet_proto . inet_service . mark : mark;${elements(values(rules.nodeMarks))} }
  map affinity { type ipv4_addr . ipv4_addr . inet_service : mark; flags dynamic,timeout; timeout 3h; size 65535; }
  set selves { type ipv4_addr . ipv4_addr;${elements(rules.selves)} }
  set outside { type ipv4_addr . inet_proto . inet_service;${elements(rules.outside)} }
${chains}  map services { type ipv4_addr . inet_proto . inet_service : verdict;${elements(verdicts(rules.services))} }
  map nodeports { type inet_proto . inet_service : verdict;${elements(verdicts(rules.nodePorts))} }
  chain dispatch {
    ip daddr . meta l4proto . th dport @outside ct mark set ${outsideMark}
    ip daddr . meta l4proto . th dport vmap @services
    ip daddr 127.0.0.0/8 return
    fib daddr type local meta l4proto . th dport vmap @nodeports
  }
  chain prerouting {
    type nat hook prerouting priority -100;
    jump dispatch
  }
  chain output {
    type nat hook output priority -100;
    jump dispatch
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    ct mark ${outsideMark} ct status dnat masquerade
    ct status dnat ip saddr . ip daddr @selves masquerade
    ip saddr ${podCidr} ip daddr != { ${clusterCidr}, 224.0.0.0/4 } masquerade
  }
  chain unclaimed {
    ip daddr ${serviceCidr} meta l4proto tcp reject with tcp reset
    ip daddr ${serviceCidr} reject with icmpx type port-unreachable
  }
  chain filter_forward {
    type filter hook forward priority 0;
    jump unclaimed
  }
  chain filter_output {
    type filter hook output priority 0;
    jump unclaimed
  }
}
`;
}

/** The table is gone after this. Harmless when there is none. */
export const removeRuleset = (table: string): string => `table inet ${table}\ndelete table inet ${table}\n`;

/** What turns the table of `old` into that of `next`, as one transaction; '' when nothing differs. */
export function rulesetDelta(old: Rules, next: Rules, table: string): string {
  let create = '';
  let remove = '';
  let add = '';
  for (const name of next.chains) if (!old.chains.has(name)) create += `add chain inet ${table} ${name} {\n${chainBody(name)}}\n`;
  for (const name of Object.keys(mapNames) as MapName[]) {
    const format = name === 'services' || name === 'nodePorts' ? 'goto ' : '';
    for (const [key, value] of old[name])
      if (next[name].get(key) !== value) remove += `delete element inet ${table} ${mapNames[name]} { ${key} }\n`;
    for (const [key, value] of next[name])
      if (old[name].get(key) !== value) add += `add element inet ${table} ${mapNames[name]} { ${key} : ${format}${value} }\n`;
  }
  for (const name of Object.keys(setNames) as SetName[]) {
    for (const key of old[name]) if (!next[name].has(key)) remove += `delete element inet ${table} ${setNames[name]} { ${key} }\n`;
    for (const key of next[name]) if (!old[name].has(key)) add += `add element inet ${table} ${setNames[name]} { ${key} }\n`;
  }
  let drop = '';
  for (const name of old.chains) if (!next.chains.has(name)) drop += `delete chain inet ${table} ${name}\n`;
  return create + remove + add + drop;
}

/** UDP keeps flowing to a dead endpoint for as long as its connection is tracked: (service address, endpoint) pairs to forget. */
export function staleUdpFlows(old: Rules, next: Rules): readonly { readonly service: string; readonly endpoint: string | undefined }[] {
  const flows: { service: string; endpoint: string | undefined }[] = [];
  const endpointsBy = (rules: Rules) => {
    const byService = new Map<string, Set<string>>();
    for (const [key, value] of rules.endpoints) {
      const [address, protocol, port] = key.split(' . ');
      if (protocol !== 'udp') continue;
      const service = `${address} . ${port}`;
      const set = byService.get(service) ?? new Set();
      byService.set(service, set.add(value.split(' . ')[0]!));
    }
    return byService;
  };
  const before = endpointsBy(old);
  const after = endpointsBy(next);
  for (const [service, endpoints] of before) {
    for (const endpoint of endpoints) if (!after.get(service)?.has(endpoint)) flows.push({ service: service.split(' . ')[0]!, endpoint });
  }
  for (const service of after.keys()) if (!before.has(service)) flows.push({ service: service.split(' . ')[0]!, endpoint: undefined });
  return flows;
}
