import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../src/base/log.ts';
import { loadKinds } from '../../src/kinds/catalog.node.ts';
import { checkFeatureGates, featureGates } from '../../src/server/feature-gates.ts';
import { parseFlags } from '../../src/server/flags.ts';
import { enabledKinds } from '../../src/server/runtime-config.ts';
import { startTestApi } from '../helpers/api-server.ts';

test("gates are upstream's, and may be set to what they are", () => {
  assert.equal(featureGates.size, 242);
  checkFeatureGates('AllAlpha=false,kube:WatchList=true, APIServerTracing=1');
  const refused = (text: string, message: string | RegExp) => assert.throws(() => checkFeatureGates(text), { message });
  refused('Nope=true', 'unrecognized feature gate: Nope');
  refused('ServiceAccountTokenJTI=false', 'cannot set feature gate ServiceAccountTokenJTI to false, feature is locked to true');
  refused('APIServerIdentity=maybe', 'invalid value of APIServerIdentity=maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax');
  refused('WatchList', 'missing bool value for WatchList');
  refused('wardle:X=true', 'component not registered: wardle');
  refused('WatchList=false', /^cannot set feature gate WatchList to false: this server has the feature on only/);
  refused('constructor=true', 'unrecognized feature gate: constructor');
});

test('versions can be turned off; what is not built can not be turned on', async () => {
  const kinds = await loadKinds();
  const groups = (text: string) => {
    const left = enabledKinds(kinds, text, silentLogger);
    return new Set(left.map(({ group, version }) => `${group}/${version}`));
  };
  assert.equal(enabledKinds(kinds, '', silentLogger).length, kinds.length);
  assert.ok(!groups('autoscaling/v1=false').has('autoscaling/v1'));
  assert.ok(groups('autoscaling/v1=false').has('autoscaling/v2'));
  const few = groups('api/all=false,apps/v1=true,v1=true');
  assert.deepEqual([...few].sort(), ['/v1', 'apps/v1']);
  assert.equal(groups('api/beta=true,api/alpha=false').has('apps/v1'), true);
  groups('apps/v9=true');
  const refused = (text: string, message: string | RegExp) => assert.throws(() => groups(text), { message });
  refused('nope/v1=true', 'unknown api groups nope/v1');
  refused('api/nope=true', 'unknown api groups api/nope');
  refused('apps/v1=maybe', 'invalid value of apps/v1: maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax');
  refused('api/all=false', 'invalid runtime-config with only api/all=false');
  refused('resource.k8s.io/v1beta1=true', '--runtime-config: resource.k8s.io/v1beta1 is known, but not built: it can only be off');
  refused('autoscaling/v2=false', /autoscaling\/v1 needs the group "autoscaling", which its HorizontalPodAutoscaler is stored in/);
});

test('a server without a version answers as if it had never been', async (t) => {
  const api = await startTestApi(t, { flags: parseFlags(['runtime-config=autoscaling/v1=false', 'feature-gates=AllBeta=false'], '/') });
  assert.equal((await api.send('GET', '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers')).code, 404);
  assert.equal((await api.send('GET', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers')).code, 200);
  const { versions } = (await api.send('GET', '/apis/autoscaling')).json;
  assert.deepEqual(
    versions.map(({ version }: any) => version),
    ['v2'],
  );
  await assert.rejects(startTestApi(t, { flags: parseFlags(['feature-gates=Nope=true'], '/') }), /unrecognized feature gate: Nope/);
});

test('pages for people: status, flags, profiles', async (t) => {
  const api = await startTestApi(t, { flags: parseFlags(['max-requests-inflight=300'], '/') });
  const status = await api.send('GET', '/statusz');
  assert.match(
    status.text,
    /^\napiserver statusz\nWarning: .*\n\nStarted: \w{3} \w{3} [ \d]\d [\d:]{8} UTC \d{4}\nUp: 0 hr 00 min \d\d sec\n/,
  );
  assert.match((await api.send('GET', '/flagz')).text, /\nmax-requests-inflight=300\n/);
  const json = await api.send('GET', '/statusz', undefined, { accept: 'application/json' });
  assert.deepEqual([json.code, json.json.reason], [406, 'NotAcceptable']);
  assert.equal((await api.send('GET', '/configz')).code, 404, 'as upstream');
  const profile = await api.send('GET', '/debug/pprof/profile?seconds=0.05');
  assert.ok(profile.json.nodes.length > 0 && profile.json.samples);
  assert.ok((await api.send('GET', '/debug/pprof/heap?seconds=0.05')).json.head);
  assert.match((await api.send('GET', '/debug/pprof/')).text, /cmdline/);
  assert.deepEqual((await api.send('GET', '/debug/pprof/nope')).text, 'Unknown profile\n');
  const stranger = await api.certificates.signClientCertificate('stranger', []);
  assert.equal((await api.send('GET', '/debug/pprof/', undefined, {}, stranger)).code, 403);

  const without = await startTestApi(t, { flags: parseFlags(['profiling=false'], '/') });
  assert.equal((await without.send('GET', '/debug/pprof/')).code, 404);
});
