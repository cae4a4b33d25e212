/** What reading one stored kind comes to, as /metrics tells it. */
export class ReadCounts {
  cacheLists = 0;
  /** Objects that were looked at for lists from memory, and those that were given. */
  cacheFetched = 0;
  cacheReturned = 0;
  storageLists = 0;
  /** Objects that came from the store for lists, that were held against selectors, and that were given. */
  storageFetched = 0;
  storageEvaluated = 0;
  storageReturned = 0;
  /** Lists of the newest state, and those that failed. */
  consistentLists = 0;
  consistentFailures = 0;
  /** What watches began with: objects that were there, and changes since they last looked. */
  initialEvents = 0;
  /** Watches that were ended since their reader was too slow. */
  cutWatches = 0;

  listed(fetched: number, returned: number): void {
    this.cacheLists++;
    this.cacheFetched += fetched;
    this.cacheReturned += returned;
  }
  read(fetched: number, evaluated: number, returned: number): void {
    this.storageLists++;
    this.storageFetched += fetched;
    this.storageEvaluated += evaluated;
    this.storageReturned += returned;
  }
}
