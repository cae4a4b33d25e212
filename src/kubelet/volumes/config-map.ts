import { writeAtomically } from './lib/atomic-writer.ts';
import { configMapFiles, defaultFileMode } from './lib/payload.ts';
import { defineVolume } from './lib/volume.ts';

export const configMapVolume = defineVolume({
  type: 'configMap',
  async setUp(context) {
    const source = context.volume.configMap!;
    const files = await configMapFiles(context, { ...source, name: source.name ?? '' }, source.defaultMode ?? defaultFileMode);
    await writeAtomically(context.path, files, context.pod.spec?.securityContext?.fsGroup);
  },
});
