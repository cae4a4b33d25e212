import { writeAtomically } from './lib/atomic-writer.ts';
import { defaultFileMode, downwardFiles } from './lib/payload.ts';
import { defineVolume } from './lib/volume.ts';

export const downwardApiVolume = defineVolume({
  type: 'downwardAPI',
  async setUp(context) {
    const { items = [], defaultMode } = context.volume.downwardAPI!;
    const files = downwardFiles(context, items, defaultMode ?? defaultFileMode);
    await writeAtomically(context.path, files, context.pod.spec?.securityContext?.fsGroup);
  },
});
