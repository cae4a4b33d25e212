import { definePlugin } from '../framework.ts';

const megabyte = 1024 * 1024;
/** Below the first, an image is not worth a preference; above the second, more size adds none. Per container. */
const smallBytes = 23 * megabyte;
const largeBytes = 1000 * megabyte;

const normalized = (image: string) => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image);

/** Prefers nodes that have the pod's images already; images that many nodes have count more, so that a single node is not flooded. */
export const imageLocality = definePlugin({
  name: 'ImageLocality',
  score(pod, { node }, { snapshot }) {
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    const sizes = new Map(
      (node.status.images ?? []).flatMap((image) => (image.names ?? []).map((name) => [name, image.sizeBytes ?? 0] as const)),
    );
    let bytes = 0;
    for (const container of containers) {
      const name = normalized(container.image ?? '');
      bytes += ((sizes.get(name) ?? 0) * (snapshot.imageNodes.get(name) ?? 0)) / Math.max(snapshot.nodes.length, 1);
    }
    const most = largeBytes * containers.length;
    return Math.floor((100 * (Math.min(Math.max(bytes, smallBytes), most) - smallBytes)) / (most - smallBytes));
  },
});
