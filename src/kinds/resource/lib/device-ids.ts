interface DeviceRef {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string | undefined;
}
/** A device, or one share of it, as upstream shows it. */
export const sharedDeviceId = ({ driver, pool, device, shareID = '' }: DeviceRef) => ({
  Driver: driver,
  Pool: pool,
  Device: device,
  ShareID: shareID,
});
/** One text for one device, or share of it. */
export const deviceKey = (device: DeviceRef): string => JSON.stringify(sharedDeviceId(device));
