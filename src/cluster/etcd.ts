import { isStored } from '../api/kind.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { loadKinds } from '../kinds/catalog.node.ts';
import type { ApiServerFlags } from '../server/flags.ts';
import { readText } from '../server/lib/configuration.ts';
import { RegistryLayout } from '../server/registry-layout.ts';
import { openEtcdStore } from '../store/etcd.ts';
import type { Store } from '../store/store.ts';

const pemOf = (path: string | undefined) => (path === undefined ? undefined : readText(path));

/** The store in the etcd that --etcd-servers and its companions tell of, with upstream's keys. Throws Error when it can't be had. */
export async function openEtcd(flags: ApiServerFlags, clock: Clock, log: Logger): Promise<Store> {
  const prefix = flags['etcd-prefix'] ?? '/registry';
  return await openEtcdStore({
    servers: flags['etcd-servers'] ?? [],
    ca: pemOf(flags['etcd-cafile']),
    certificate: pemOf(flags['etcd-certfile']),
    key: pemOf(flags['etcd-keyfile']),
    prefix: `/${prefix.replace(/^\/+|\/+$/g, '')}/`,
    layout: new RegistryLayout((await loadKinds()).filter(isStored)),
    clock,
    log,
  });
}
