import type { Random } from '../../../src/base/random.ts';
import type { Field, Shape } from '../../../src/api/schema.ts';
import { chance, type Edit, pick } from '../scenario.ts';

/** How far from what is right generated values are: `valid` as far as the shape tells, `near` just inside or outside of it, `hostile` anything. */
export type Mood = 'valid' | 'near' | 'hostile';
const moods: readonly Mood[] = ['valid', 'valid', 'near', 'near', 'hostile'];
export const pickMood = (random: Random): Mood => pick(random, moods);

const hostileStrings = [
  '',
  ' ',
  'A',
  'a'.repeat(64),
  'a'.repeat(254),
  'ü',
  '\u0000',
  'a/b',
  'a.b.c',
  '-a',
  'a-',
  '../x',
  '..',
  '.',
  '*',
  'true',
  '0x1',
  '%',
  '{{',
  'line\nbreak',
  '🙂',
  'a b',
  'UPPER',
  'a_b',
  '/',
  '/a',
  'a/b/c',
  '$(X)',
  '"',
  '\\',
  '<&>',
  '\u2028',
  '1',
  'null',
  'x'.repeat(1100),
  'example.com/',
  '/x',
  '-1',
  '🙂'.repeat(20),
  'a..b',
  '192.0.2.1',
  '010.0.0.1',
  '::1',
  '2001:db8::1%eth0',
  '\ufffd',
  '\u007f',
];
const labelValues = ['a', 'web', 'A_b.c', '', 'x'.repeat(63), 'x'.repeat(64), '-x', 'a/b', 'ü', ' '];
const labelKeys = [
  'app',
  'a/b',
  'app.kubernetes.io/name',
  '-x',
  'x'.repeat(64),
  '',
  'a/b/c',
  'A_b.c',
  'kubernetes.io/os',
  'EXAMPLE.com/a',
  'a ',
];
const quantities = ['1', '100m', '1Gi', '0', 1, 1.5, '1e3', '1E', '0.5', '1k', '1n', '2Ti', '.5', '+1', '1000m'];
const hostileQuantities = [
  '-1',
  '1.5.5',
  '',
  ' 1',
  '1Kib',
  '9223372036854775808',
  '1e30',
  '12345678901234567890Ei',
  '1m1',
  '0.0000000001',
  '1e',
  'e3',
  true,
  [],
  {},
  '<raw 1e400>',
  '-0',
  '1u',
  '00012',
  '<raw -0>',
  '1E-3',
  '0x10',
  'NaN',
  '1_000',
];
const times = ['2026-01-02T15:04:05Z', '2026-01-02T15:04:05+01:00', null, '1969-12-31T23:59:59Z', '0001-01-01T00:00:00Z'];
const hostileTimes = [
  '',
  'x',
  '2026-13-01T00:00:00Z',
  '2026-01-02T15:04:05.123456789Z',
  '2026-01-02 15:04:05Z',
  5,
  '2026-01-02',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2026-01-02T15:04:05',
  '10000-01-01T00:00:00Z',
  true,
  {},
];
const ints = [0, 1, 2, 3, 5, 10, 60, 80, 443, 3600];
const nearInts = [-1, 65535, 65536, 2147483647, '<raw 1.0>', '<raw 1e2>', -2147483648, 101, 32768, 30000, 1000000];
const hostileInts = [
  2147483648,
  '1',
  true,
  '<raw 1.5>',
  '<raw -0>',
  '<raw 9223372036854775807>',
  '<raw 9223372036854775808>',
  null,
  '<raw 1e999>',
  '',
  [],
  {},
  '<raw -9223372036854775809>',
  '<raw 1.0e0>',
  '<raw 123456789012345678901234567890>',
];
const anything = [null, true, false, 1, -1, 0, 'x', '', [], {}, [1], [null], { a: 'b' }, '<raw 1.5>', [[]], [{}], { '': null }];

/** Words that fields of these names may hold; what shapes tell of enumerations comes first. */
const words: readonly (readonly [RegExp, readonly unknown[]])[] = [
  [
    /^(name|secretName|claimName|containerName|policyName|ingressClassName|storageClassName|priorityClassName|serviceAccountName|runtimeClassName|volumeName|nodeName|hostname|schedulerName|serviceName|container|pool|deviceClassName)$/,
    ['a', 'one', 'web', 'main', 'data', 'a-b', 'a.b', 'A', 'a_b', 'x'.repeat(63), 'x'.repeat(64)],
  ],
  [/^image$/, ['nginx', 'registry.example/a:1', ' nginx', '']],
  [
    /^(mountPath|path|subPath|devicePath|rootfs|hostPath|workingDir|terminationMessagePath)$/,
    ['/data', '/a/b', 'a', '../a', '/a/../b', 'a:b', '', '/', '/data ', '.spec.replicas'],
  ],
  [/^protocol$/, ['TCP', 'UDP', 'SCTP', 'tcp', 'HTTP', '']],
  [
    /^(ip|ips|hostIP|podIP|clusterIP|clusterIPs|externalIPs|addresses|loadBalancerIP|nameservers|address)$/,
    [
      '198.51.100.5',
      '10.0.0.1',
      '2001:db8::5',
      '127.0.0.1',
      '169.254.1.1',
      '0.0.0.0',
      '010.1.1.1',
      '::ffff:1.2.3.4',
      'None',
      '',
      'a',
      '224.0.0.1',
      '::1',
      'fe80::1',
    ],
  ],
  [
    /cidr|CIDR|loadBalancerSourceRanges|except|allowedCIDRs/i,
    [
      '10.0.0.0/8',
      '10.1.0.0/16',
      '2001:db8::/64',
      '10.0.0.1/8',
      '10.0.0.0/33',
      '10.0.0.0',
      '010.0.0.0/8',
      '0.0.0.0/0',
      '::ffff:10.0.0.0/104',
      ' 10.0.0.0/8',
    ],
  ],
  [/^operator$/, ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Equal', 'Gt', 'Lt', 'Equals', '']],
  [/^effect$/, ['NoSchedule', 'PreferNoSchedule', 'NoExecute', '', 'No']],
  [/^(status)$/, ['True', 'False', 'Unknown', '', 'true']],
  [/^accessModes$/, ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod', 'x']],
  [/^(verbs)$/, ['get', '*', 'list', 'GET', '']],
  [/^(apiGroups?)$/, ['', 'apps', '*', 'rbac.authorization.k8s.io', 'Example', 'example.com']],
  [
    /^(resources|resource)$/,
    ['pods', '*', 'pods/status', '*/*', 'deployments/*', 'cpu', 'memory', '', 'pods/', '/status', 'Pods', 'example.com/gpu'],
  ],
  [/^(apiVersions?)$/, ['v1', 'apps/v1', '*', 'a/b/c', '', 'V1']],
  [/^kind$/, ['Pod', 'Deployment', 'User', 'Group', 'ServiceAccount', 'Role', 'ClusterRole', 'x', 'a/b', '']],
  [
    /^(expression|rule|messageExpression|valueExpression)$/,
    [
      'true',
      'object.metadata.name == "a"',
      'self.size > 1',
      '1 + 1',
      '"a"',
      'object.',
      'x',
      'object.spec.nothing',
      '',
      'device.driver == "a"',
      'request.userInfo.username',
      'params.a',
      '"a" + 1',
      'has(object.spec)',
      'variables.x',
      'authorizer.path("/a")',
      '[1, 2].all(x, x > 0)',
      'object.metadata.name.matches("(")',
      'Object{}',
      '[]',
      "quantity('1')",
      'true ||',
      'object.metadata.labels.exists(k, k == "a")',
    ],
  ],
  [
    /^type$/,
    [
      '',
      'Opaque',
      'Ready',
      'ClusterIP',
      'RollingUpdate',
      'Recreate',
      'OnDelete',
      'RuntimeDefault',
      'Localhost',
      'Unconfined',
      'Container',
      'Pod',
      'Normal',
      'x',
      'string',
      'object',
      'example.com/a',
      'Resource',
      'Percent',
      'Directory',
      'Limited',
      'Exempt',
    ],
  ],
  [
    /^(schedule)$/,
    [
      '* * * * *',
      '@daily',
      '@every 1h',
      '61 * * * *',
      'TZ=UTC * * * * *',
      '',
      '* * * *',
      'CRON_TZ=Europe/Berlin 0 0 * * *',
      '*/0 * * * *',
      '0 0 31 2 *',
      'x',
    ],
  ],
  [/^timeZone$/, ['Europe/Berlin', 'UTC', 'Local', '', 'Nowhere/Here', 'local', 'utc', 'Etc/GMT+1', ' UTC']],
  [
    /^(host|hosts|externalName|hostnames|subdomain|fqdn|searches)$/,
    ['a.example.com', '*.example.com', '*', 'A.com', 'a..b', '', '192.0.2.1', 'a_b.com', '*.*.com', 'a.', 'x'.repeat(64)],
  ],
  [
    /^(key|topologyKey|labelKey|matchLabelKeys|conditionType)$/,
    ['app', 'zone', 'kubernetes.io/hostname', 'a/b/c', '', '-', 'a.txt', '..', 'x'.repeat(64)],
  ],
  [
    /^(port|targetPort|number|containerPort|hostPort|nodePort|endPort)$/,
    [80, 443, 'http', 0, -1, 65536, 'HTTP', '80', '', 'a--b', 'waytoolongportname', 30080],
  ],
  [
    /^(fieldPath)$/,
    [
      'metadata.name',
      'spec.nodeName',
      "metadata.labels['a']",
      'status.podIP',
      'metadata.nothing',
      '',
      "metadata.annotations['A/b']",
      'status.hostIPs',
      "metadata.labels['']",
      'spec.containers[0].name',
    ],
  ],
  [/^(mode|defaultMode)$/, [0, 420, 511, 512, -1, '<raw 0644>', 1000]],
  [
    /^(driver|provisioner|attacher|driverName|controller|signerName|controllerName|policy|reportingController|loadBalancerClass|handler|managedBy)$/,
    ['csi.example.com', 'example.com/a', 'a', 'A.b', '', 'a b', 'example.com/', 'kubernetes.io/x', 'x'.repeat(64), 'runc'],
  ],
  [/^(finalizers)$/, ['kubernetes', 'example.com/a', 'foregroundDeletion', 'orphan', 'a', '', 'a/b/c']],
  [
    /^(scopes?|scopeName)$/,
    [
      'BestEffort',
      'NotBestEffort',
      'Terminating',
      'NotTerminating',
      'PriorityClass',
      'CrossNamespacePodAffinity',
      'VolumeAttributesClass',
      'x',
      'Namespaced',
      'Cluster',
      '*',
    ],
  ],
  [/^(usages)$/, ['digital signature', 'server auth', 'client auth', 'x', 'key encipherment', '']],
  [/^(request|caBundle|data)$/, ['', 'AA==', 'AAEC', '!', 'AA', 'LS0tLS1CRUdJTg==']],
  [/^(uid)$/, ['x', '11111111-1111-1111-1111-111111111111', '']],
  [/^(message|reason|note|description|messageFmt)$/, ['a', '', 'Because', 'a b', 'x'.repeat(1025), 'A_b', '9', 'a\nb']],
  [/^(drop|add)$/, ['ALL', 'NET_ADMIN', 'net_admin', '']],
  [/^(values)$/, ['a', 'b', '1', '', 'x'.repeat(64)]],
  [/^succeededIndexes|completedIndexes|failedIndexes$/, ['0', '0-1', '1-0', '0,2-3', 'x', '', '0,0', '5-9', '3,2', '0-']],
  [/^(nonResourceURLs?)$/, ['/a', '*', '/a/*', 'a', '/*/a', '']],
  [
    /^(jsonPath|specReplicasPath|statusReplicasPath|labelSelectorPath)$/,
    ['.spec.a', '.status.a', 'a', '', '.spec[0]', '.spec.a.b', '.metadata.name', '.spec.a[*]', '{.a}'],
  ],
];
const maps: readonly (readonly [RegExp, readonly string[], readonly unknown[]])[] = [
  [/^(labels|matchLabels|nodeSelector|selector)$/, labelKeys, labelValues],
  [
    /^annotations$/,
    [
      ...labelKeys,
      'kubectl.kubernetes.io/last-applied-configuration',
      'deprecated.daemonset.template.generation',
      'kubernetes.io/psp',
      'seccomp.security.alpha.kubernetes.io/pod',
      'container.apparmor.security.beta.kubernetes.io/main',
      'scheduler.alpha.kubernetes.io/critical-pod',
      'volume.beta.kubernetes.io/storage-class',
      'kubernetes.io/ingress.class',
      'service.kubernetes.io/topology-mode',
    ],
    ['', 'a', 'x'.repeat(300), '{}', 'runtime/default', 'nginx', 'auto'],
  ],
  [
    /^(requests|limits|capacity|allocatable|hard|used|max|min|default|defaultRequest|maxLimitRequestRatio|podFixed|overhead|allocatedResources)$/,
    [
      'cpu',
      'memory',
      'storage',
      'ephemeral-storage',
      'pods',
      'example.com/gpu',
      'hugepages-2Mi',
      'requests.cpu',
      'limits.memory',
      'count/pods',
      'services',
      'a',
      'kubernetes.io/x',
      'requests.example.com/gpu',
      '',
      'CPU',
      'requests.storage',
      'gold.storageclass.storage.k8s.io/requests.storage',
    ],
    [],
  ],
  [/.*/, ['a', 'b', 'a.b', 'a/b', '', 'A_b', '..', 'x'.repeat(254), 'a b', 'ü'], []],
];

const wordsOf = (name: string): readonly unknown[] | undefined => words.find(([pattern]) => pattern.test(name))?.[1];

function scalar(random: Random, field: Field, name: string, mood: Mood): unknown {
  if (mood === 'hostile' && chance(random, 0.25)) return pick(random, anything);
  switch (field.type) {
    case 'string': {
      const hints = field.enum ?? wordsOf(name);
      if (mood === 'hostile') return pick(random, hostileStrings);
      if (field.enum !== undefined) return mood === 'near' ? nearWord(random, pick(random, field.enum)) : pick(random, field.enum);
      return hints === undefined ? pick(random, mood === 'near' ? hostileStrings : ['a', 'one', 'b']) : pick(random, hints);
    }
    case 'int32':
    case 'int64': {
      const hints = wordsOf(name)?.filter((one) => typeof one === 'number');
      if (mood === 'valid') return pick(random, hints !== undefined && hints.length > 0 ? hints : ints);
      return pick(random, mood === 'near' ? nearInts : hostileInts);
    }
    case 'double':
      return pick(random, mood === 'valid' ? [0, 1, '<raw 1.5>'] : hostileInts);
    case 'bool':
      return mood === 'hostile' ? pick(random, ['true', 1, 0, null, '', []]) : chance(random, 0.5);
    case 'bytes':
      return pick(random, mood === 'valid' ? ['', 'AAEC', 'YWJj'] : ['', '!', 'A', 'AA=', 'A A=', 'AAEC\n', '-_==', 5, null, 'AB==']);
    case 'time':
      return pick(random, mood === 'valid' ? times : hostileTimes);
    case 'microTime':
      return pick(random, mood === 'valid' ? [...times, '2026-01-02T15:04:05.123456Z'] : hostileTimes);
    case 'duration':
      return pick(random, ['1m', '1h30m0s', '0s', '-1s', 'x', '1', '', 5, null, '1.5h', '1000h', '1d']);
    case 'quantity':
      return pick(random, mood === 'valid' ? quantities : mood === 'near' ? [...quantities, ...hostileQuantities] : hostileQuantities);
    case 'intOrString':
      return pick(
        random,
        mood === 'valid'
          ? [1, 2, '25%', ...(wordsOf(name) ?? [])]
          : [
              0,
              -1,
              '101%',
              '-1%',
              '1.5%',
              '%',
              '',
              'a',
              65536,
              '<raw 1.5>',
              '<raw 2147483648>',
              true,
              null,
              [],
              '1',
              ' 10%',
              '10%%',
              '010%',
            ],
      );
    default:
      return pick(random, anything);
  }
}
function nearWord(random: Random, word: string): string {
  return pick(random, [word.toLowerCase(), word.toUpperCase(), `${word} `, '', word.slice(1), `${word}s`]);
}

/** A value of the field, by its shape; deep parts are left out. */
export function valueOf(random: Random, field: Field, name: string, mood: Mood, depth = 3): unknown {
  switch (field.type) {
    case 'object': {
      if (mood === 'hostile' && chance(random, 0.3)) return pick(random, anything);
      return fieldsOf(random, field.shape!, mood, depth);
    }
    case 'list': {
      if (mood === 'hostile' && chance(random, 0.3)) return pick(random, anything);
      if (depth <= 0) return [];
      const length = pick(random, mood === 'valid' ? [1, 1, 2] : [0, 1, 2, 3]);
      return Array.from({ length }, () => valueOf(random, field.of!, name, mood, depth - 1));
    }
    case 'map': {
      if (mood === 'hostile' && chance(random, 0.3)) return pick(random, anything);
      const length = pick(random, [0, 1, 1, 2, 3]);
      return Object.fromEntries(Array.from({ length }, () => [mapKey(random, name, mood), mapValue(random, field, name, mood, depth)]));
    }
    default:
      return scalar(random, field, name, mood);
  }
}
const mapRules = (name: string) => maps.find(([pattern]) => pattern.test(name))!;
const mapKey = (random: Random, name: string, mood: Mood): string => {
  const [, keys] = mapRules(name);
  return mood === 'valid' ? keys[random.int(Math.min(3, keys.length))]! : pick(random, keys);
};
function mapValue(random: Random, field: Field, name: string, mood: Mood, depth: number): unknown {
  const [, , values] = mapRules(name);
  if (values.length > 0 && mood !== 'hostile')
    return mood === 'valid' ? values[random.int(Math.min(3, values.length))] : pick(random, values);
  return valueOf(random, field.of!, '', mood, depth - 1);
}

/** Some fields of a shape. */
function fieldsOf(random: Random, shape: Shape, mood: Mood, depth: number): object {
  const names = Object.keys(shape.fields);
  const result: Record<string, unknown> = {};
  if (depth <= 0 || names.length === 0) return result;
  for (const name of names) {
    const field = shape.fields[name]!;
    const share = field.presence === undefined ? 0.85 : Math.min(0.5, 2 / names.length);
    if (chance(random, share)) result[name] = valueOf(random, field, name, mood, depth - 1);
  }
  return result;
}

/** A copy of a value in which one thing is changed. */
export function mutated(random: Random, value: unknown, field: Field, name: string, mood: Mood): unknown {
  switch (field.type) {
    case 'object':
      return mutatedObject(random, value, field.shape!, field, name, mood);
    case 'list':
      return mutatedList(random, value, field, name, mood);
    case 'map':
      return mutatedMap(random, value, field, name, mood);
    default:
      return scalar(random, field, name, mood);
  }
}
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isComposite = ({ type }: Field): boolean => type === 'object' || type === 'list' || type === 'map';

function mutatedObject(random: Random, value: unknown, shape: Shape, field: Field, name: string, mood: Mood): unknown {
  if (!isObject(value)) return valueOf(random, field, name, mood);
  const odd = random.next();
  if (mood !== 'valid') {
    if (odd < 0.03) return pick(random, anything);
    if (odd < 0.08)
      return { ...value, [pick(random, ['unknown', 'Name', 'nmae', 'x-y', '__proto__x', 'SPEC', 'Metadata'])]: pick(random, anything) };
    if (odd < 0.11) {
      const present = Object.keys(value);
      if (present.length > 0) return { ...value, [`${pick(random, present)}<again>`]: pick(random, anything) };
    }
  }
  const names = Object.keys(shape.fields);
  if (names.length === 0) return value;
  const present = names.filter((one) => Object.hasOwn(value, one));
  const chosen = present.length > 0 && chance(random, 0.6) ? pick(random, present) : pick(random, names);
  const part = shape.fields[chosen]!;
  if (Object.hasOwn(value, chosen)) {
    if (isComposite(part) && chance(random, 0.85)) return { ...value, [chosen]: mutated(random, value[chosen], part, chosen, mood) };
    if (chance(random, 0.3)) {
      const { [chosen]: _, ...rest } = value;
      return rest;
    }
  }
  return { ...value, [chosen]: valueOf(random, part, chosen, mood) };
}
function mutatedList(random: Random, value: unknown, field: Field, name: string, mood: Mood): unknown {
  if (!Array.isArray(value) || value.length === 0) return valueOf(random, field, name, mood);
  const at = random.int(value.length);
  const odd = random.next();
  if (odd < 0.65) return value.with(at, mutated(random, value[at], field.of!, name, mood));
  if (odd < 0.75) return [...value, valueOf(random, field.of!, name, mood)];
  if (odd < 0.83) return [...value, value[at]];
  if (odd < 0.9) return value.toSpliced(at, 1);
  if (odd < 0.95) return value.toReversed();
  return mood === 'valid' ? value : pick(random, [[], null, value.with(at, null), value[at], [value]]);
}
function mutatedMap(random: Random, value: unknown, field: Field, name: string, mood: Mood): unknown {
  if (!isObject(value) || Object.keys(value).length === 0) return valueOf(random, field, name, mood);
  const key = pick(random, Object.keys(value));
  const odd = random.next();
  if (odd < 0.4) return { ...value, [mapKey(random, name, mood)]: mapValue(random, field, name, mood, 2) };
  if (odd < 0.55) {
    const { [key]: _, ...rest } = value;
    return rest;
  }
  if (mood !== 'valid' && odd < 0.65) return pick(random, [null, {}, [], { ...value, [key]: null }, 'x']);
  const inner = field.of!;
  return { ...value, [key]: isComposite(inner) ? mutated(random, value[key], inner, '', mood) : mapValue(random, field, name, mood, 2) };
}

/** What must be set in one value so that it becomes the other. */
export function editsBetween(from: unknown, to: unknown, path: Edit['path'] = []): Edit[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  if (isObject(from) && isObject(to)) {
    return [
      ...Object.keys(from).flatMap((key): Edit[] =>
        Object.hasOwn(to, key) ? editsBetween(from[key], to[key], [...path, key]) : [{ path: [...path, key] }],
      ),
      ...Object.keys(to).flatMap((key): Edit[] => (Object.hasOwn(from, key) ? [] : [{ path: [...path, key], value: to[key] }])),
    ];
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.flatMap((one, index) => editsBetween(one, to[index], [...path, index]));
  return [{ path, value: to }];
}
