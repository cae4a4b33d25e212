/** Sets an entry as the latest of its map; of more than `most` entries the one that was set the longest ago goes. */
export function setLatest<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
