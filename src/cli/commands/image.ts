import { resolve } from 'node:path';
import { UserError, defineCommand } from '../command.ts';
import { currentState } from '../state.ts';

const usage = 'skiff image pack FOLDER -t NAME:TAG | skiff image load ARCHIVE | skiff image ls';
const megabyte = 1_000_000;

/** `skiff image`: images for the local node without a registry. */
export const image = defineCommand({
  name: 'image',
  summary: 'Make images from folders, load archives, list what the node has',
  configure: (program) =>
    program
      .usage('pack FOLDER -t NAME:TAG | load ARCHIVE | ls')
      .argument('<action>', 'pack, load or ls')
      .argument('[source]', 'pack: a folder; load: an archive of docker save or OCI layout')
      .option('-t, --tag <reference>', 'pack: name of the image, NAME:TAG')
      .option('-o, --output <file>', 'pack: write an OCI archive instead of giving it to the node'),
  async run({ args, options, io }) {
    const [action, source] = args;
    const state = currentState(io);
    if (action === 'ls' || action === 'list') {
      const images = await (await io.backend()).listImages(state.dir);
      const width = Math.max(9, ...images.map((one) => one.reference.length));
      io.out(`${'REFERENCE'.padEnd(width)}   ${'ID'.padEnd(12)}   SIZE\n`);
      for (const one of images)
        io.out(
          `${one.reference.padEnd(width)}   ${one.id.replace('sha256:', '').slice(0, 12).padEnd(12)}   ${(one.sizeBytes / megabyte).toFixed(1)}MB\n`,
        );
      return 0;
    }
    if (source === undefined) throw new UserError(`usage: ${usage}`, 2);
    const path = resolve(io.cwd, source);
    if (action === 'pack') {
      if (options.tag === undefined) throw new UserError(`name the image with -t NAME:TAG\nusage: ${usage}`, 2);
      const output = options.output === undefined ? undefined : resolve(io.cwd, options.output);
      const packed = await (await io.backend()).packImage(path, options.tag, state.dir, output);
      io.out(`${packed.reference} (${(packed.sizeBytes / megabyte).toFixed(1)}MB)\n`);
      return 0;
    }
    if (action === 'load') {
      for (const reference of await (await io.backend()).loadImage(path, state.dir)) io.out(`${reference}\n`);
      return 0;
    }
    throw new UserError(`usage: ${usage}`, 2);
  },
});
