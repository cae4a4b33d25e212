/** A named check: resolves when all is well, throws with the reason when not. */
export interface HealthCheck {
  readonly name: string;
  readonly check: () => Promise<void> | void;
  /** 'ready' checks count for /readyz only. */
  readonly for?: 'ready';
}
export interface HealthAnswer {
  readonly code: 200 | 500;
  readonly text: string;
  /** One check alone was asked for, and it succeeded. */
  readonly isSingle?: boolean;
}

/** /healthz, /livez and /readyz with ?verbose, ?exclude=<check> and a path for each check; texts as upstream's. */
export async function answerHealth(
  checks: readonly HealthCheck[],
  path: string,
  query: Readonly<Record<string, readonly string[]>>,
): Promise<HealthAnswer | undefined> {
  const [, endpoint = '', ...checked] = path.split('/');
  const one = checked.length === 0 ? undefined : checked.join('/');
  const relevant = checks.filter((check) => check.for !== 'ready' || endpoint === 'readyz');
  if (one !== undefined) {
    const check = relevant.find(({ name }) => name === one);
    if (check === undefined) return undefined;
    const failure = await failureOf(check);
    return failure === undefined ? { code: 200, text: 'ok', isSingle: true } : { code: 500, text: `internal server error: ${failure}\n` };
  }
  const excluded = new Set(query.exclude ?? []);
  const lines: string[] = [];
  let failed = false;
  for (const check of relevant) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const failure = await failureOf(check);
    failed ||= failure !== undefined;
    lines.push(failure === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`);
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed) return { code: 500, text: `${lines.join('\n')}\n${endpoint} check failed\n` };
  return { code: 200, text: query.verbose === undefined ? 'ok' : `${lines.join('\n')}\n${endpoint} check passed\n` };
}

async function failureOf({ check }: HealthCheck): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
