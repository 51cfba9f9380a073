/** ffmpeg as a publisher, as OBS would send: H.264 and AAC over RTMP. */
import { spawn } from 'node:child_process';

export interface Publisher {
  /** Says that it is done. */
  stop(): Promise<void>;
  /** Is gone without a word, as one whose line broke. */
  lose(): Promise<void>;
}

/** Sends a moving test picture and a tone until stopped. */
export function publish(rtmp: string, key: string): Publisher {
  const child = spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25'],
      ...['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '50'],
      ...['-pix_fmt', 'yuv420p', '-b:v', '600k', '-c:a', 'aac', '-b:a', '96k'],
      ...['-f', 'flv', `rtmp://${rtmp}/live/${key}`],
    ],
    { stdio: 'ignore' },
  );
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    await gone;
  };
  return { stop: () => end('SIGTERM'), lose: () => end('SIGKILL') };
}
