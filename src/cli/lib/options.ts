import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { parseDurationNanos } from '../../api/gotime.ts';
import { checkElectionTimes, defaultElectionTimes } from '../../client/election-times.ts';
import type { ClusterOptions } from '../backend.ts';
import { UserError } from '../command.ts';
import type { State } from '../state.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
const mostSimulatedNodes = 5000;

function parseNodes(text: string): ClusterOptions['nodes'] {
  if (text === 'local') return { type: 'local' };
  const count = /^simulated(?::(\d{1,4}))?$/.exec(text);
  if (count === null || Number(count[1] ?? 1) > mostSimulatedNodes) {
    throw new UserError(`--nodes must be local or simulated:N with N from 0 to ${mostSimulatedNodes}, not ${JSON.stringify(text)}`, 2);
  }
  return { type: 'simulated', count: Number(count[1] ?? 1) };
}

/** The options of `up` and `run`, checked. Throws UserError. */
export function parseClusterOptions(options: Readonly<Record<string, any>>, state: State, cwd: string): ClusterOptions {
  const apiPort = Number(options.port);
  if (!Number.isInteger(apiPort) || apiPort < 1 || apiPort > 65535)
    throw new UserError(`--port must be from 1 to 65535, not ${JSON.stringify(options.port)}`, 2);
  const logLevel = levels.find((level) => level === options.logLevel);
  if (logLevel === undefined) throw new UserError(`--log-level must be one of ${levels.join(', ')}`, 2);
  const nodes = parseNodes(String(options.nodes));
  const nodeName = String(options.nodeName ?? hostname()).toLowerCase();
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(nodeName))
    throw new UserError(`the node name ${JSON.stringify(nodeName)} is not a DNS name; give one with --node-name`, 2);
  return {
    stateDir: state.dir,
    apiPort,
    // Pods of a local node reach the API by the node's address; nothing outside this machine needs it otherwise.
    bindAddress: String(options.bind ?? (nodes.type === 'local' ? '0.0.0.0' : '127.0.0.1')),
    nodes,
    nodeName,
    ...(options.kubeletConfig === undefined ? {} : { kubeletConfig: resolve(cwd, options.kubeletConfig) }),
    ...(options.kubeApiserverArg === undefined ? {} : { apiServerArgs: options.kubeApiserverArg, workDir: cwd }),
    ...parseElection(options),
    logLevel,
  };
}

/** Upstream's flags of kube-controller-manager and kube-scheduler. */
function parseElection(options: Readonly<Record<string, any>>): Pick<ClusterOptions, 'leaderElect' | 'electionTimes'> {
  const { leaderElect } = options;
  if (leaderElect !== undefined && !['true', 'false', true].includes(leaderElect))
    throw new UserError(`--leader-elect must be true or false, not ${JSON.stringify(leaderElect)}`, 2);
  const of = (option: string, text: string | undefined, otherwiseMs: number): number => {
    if (text === undefined) return otherwiseMs;
    try {
      return Number(parseDurationNanos(text)) / 1e6;
    } catch (error) {
      throw new UserError(`--${option}: ${(error as Error).message}`, 2);
    }
  };
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = defaultElectionTimes;
  const electionTimes = {
    leaseDurationMs: of('leader-elect-lease-duration', options.leaderElectLeaseDuration, leaseDurationMs),
    renewDeadlineMs: of('leader-elect-renew-deadline', options.leaderElectRenewDeadline, renewDeadlineMs),
    retryPeriodMs: of('leader-elect-retry-period', options.leaderElectRetryPeriod, retryPeriodMs),
  };
  try {
    checkElectionTimes(electionTimes);
  } catch (error) {
    throw new UserError(`leader election: ${(error as Error).message}`, 2);
  }
  return { electionTimes, ...(leaderElect === undefined ? {} : { leaderElect: leaderElect !== 'false' }) };
}
