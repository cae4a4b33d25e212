import type { Clock } from '../../base/clock.ts';
import type { StreamOptions, StreamSession } from '../runtime.ts';
export async function connectRemoteCommand(_url: URL, _options: StreamOptions, _clock: Clock): Promise<StreamSession> {
  throw new Error('later');
}
export async function connectPortForward(_url: URL, _port: number, _clock: Clock): Promise<any> {
  throw new Error('later');
}
