import { type ProjectedFile, writeAtomically } from './lib/atomic-writer.ts';
import { commonUser, configMapFiles, defaultFileMode, downwardFiles, secretFiles } from './lib/payload.ts';
import { defineVolume } from './lib/volume.ts';

const hourSeconds = 3600;

/** Several sources in one folder; of files of the same path the later source's stays. */
export const projectedVolume = defineVolume({
  type: 'projected',
  async setUp(context) {
    const { sources = [], defaultMode } = context.volume.projected!;
    const mode = defaultMode ?? defaultFileMode;
    const group = context.pod.spec?.securityContext?.fsGroup;
    const uid = commonUser(context.pod);
    const files = new Map<string, ProjectedFile>();
    const problems: string[] = [];
    const add = (more: ReadonlyMap<string, ProjectedFile>) => {
      for (const [path, file] of more) files.set(path, file);
    };
    for (const source of sources) {
      try {
        if (source.configMap !== undefined)
          add(await configMapFiles(context, { ...source.configMap, name: source.configMap.name ?? '' }, mode));
        else if (source.secret !== undefined) add(await secretFiles(context, { ...source.secret, name: source.secret.name ?? '' }, mode));
        else if (source.downwardAPI !== undefined) add(downwardFiles(context, source.downwardAPI.items ?? [], mode));
        else if (source.serviceAccountToken !== undefined) {
          const { audience = '', expirationSeconds, path } = source.serviceAccountToken;
          const { token } = await context.reader.token(context.pod, audience, expirationSeconds ?? hourSeconds);
          files.set(path, { data: Buffer.from(token), mode: uid !== undefined || group !== undefined ? 0o600 : mode, uid });
        } else throw new Error('the node does not support this projected source');
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
    if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
    await writeAtomically(context.path, files, group);
  },
});
