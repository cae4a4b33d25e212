import { writeAtomically } from './lib/atomic-writer.ts';
import { defaultFileMode, secretFiles } from './lib/payload.ts';
import { defineVolume } from './lib/volume.ts';

export const secretVolume = defineVolume({
  type: 'secret',
  async setUp(context) {
    const { secretName = '', items, optional, defaultMode } = context.volume.secret!;
    const files = await secretFiles(context, { name: secretName, items, optional }, defaultMode ?? defaultFileMode);
    await writeAtomically(context.path, files, context.pod.spec?.securityContext?.fsGroup);
  },
});
