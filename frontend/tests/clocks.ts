/**
 * A picture that says when it was made: the clock in milliseconds as light and
 * dark fields with a checksum, sent as OBS would send it, and read from the
 * pixels of a video.
 */
import type { Locator, Page } from '@playwright/test';
import { spawn } from 'node:child_process';
import type { Publisher } from './publisher.ts';

const WIDTH = 320;
const HEIGHT = 180;
const RATE = 30;
/** Side of a field in pixels; sixteen of them lie side by side. */
const FIELD = 20;
const COLUMNS = WIDTH / FIELD;
/** Five bytes of time (34 years) and one of checksum. */
const BYTES = 6;
const LIGHT = 235;
const DARK = 16;

/** The time's low five bytes, and what they add up to. */
function code(at: number): number[] {
  const bytes = [4, 3, 2, 1, 0].map((n) => Math.floor(at / 256 ** n) % 256);
  return [...bytes, checksum(bytes)];
}

function checksum(bytes: number[]): number {
  return bytes.reduce((sum, byte) => (sum * 31 + byte) % 251, 7);
}

/** One frame as planar YUV 4:2:0: fields on top, grey that moves below. */
function frame(at: number): Buffer {
  const pixels = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
  code(at).forEach((byte, n) => {
    for (let bit = 0; bit < 8; bit += 1) {
      const place = n * 8 + bit;
      const light = (byte >> (7 - bit)) & 1 ? LIGHT : DARK;
      const left = (place % COLUMNS) * FIELD;
      const top = Math.floor(place / COLUMNS) * FIELD;
      for (let y = top; y < top + FIELD; y += 1) {
        pixels.fill(light, y * WIDTH + left, y * WIDTH + left + FIELD);
      }
    }
  });
  const bar = Math.floor(at / 10) % WIDTH;
  for (let y = HEIGHT / 2; y < HEIGHT; y += 1) pixels.fill(200, y * WIDTH, y * WIDTH + bar);
  return pixels;
}

/** Sends the clock and a tone until stopped. */
export function publishClock(rtmp: string, key: string): Publisher {
  const child = spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-probesize', '32', '-analyzeduration', '0', '-fflags', 'nobuffer'],
      ...['-use_wallclock_as_timestamps', '1', '-f', 'rawvideo', '-pix_fmt', 'yuv420p'],
      ...['-s', `${WIDTH}x${HEIGHT}`, '-r', String(RATE), '-i', 'pipe:0'],
      ...['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '60'],
      ...['-b:v', '600k', '-c:a', 'aac', '-b:a', '96k', '-flush_packets', '1'],
      ...['-f', 'flv', `rtmp://${rtmp}/live/${key}`],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  // Whoever ends it ends its input too.
  child.stdin.on('error', () => undefined);
  const began = Date.now();
  let sent = 0;
  const ticks = setInterval(() => {
    const due = Math.floor(((Date.now() - began) * RATE) / 1_000);
    // Late frames are made up for with the present picture.
    for (; sent < due; sent += 1) child.stdin.write(frame(Date.now()));
  }, 5);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    clearInterval(ticks);
    child.kill(signal);
    // It may be waiting for a frame, and hears nothing while it does.
    child.stdin.destroy();
    await gone;
  };
  return { stop: () => end('SIGTERM'), lose: () => end('SIGKILL') };
}

/**
 * Puts the clock and a tone in the place of camera and microphone, on pages that
 * are opened from here on.
 */
export async function clockForCamera(page: Page): Promise<void> {
  await page.addInitScript(
    ({ width, height, field, columns, rate }) => {
      const canvas = document.createElement('canvas');
      canvas.width = width * 2;
      canvas.height = height * 2;
      const context = canvas.getContext('2d');
      if (!context) throw new Error('no canvas');
      context.scale(2, 2);
      const draw = () => {
        const at = Date.now();
        const bytes = [4, 3, 2, 1, 0].map((n) => Math.floor(at / 256 ** n) % 256);
        bytes.push(bytes.reduce((sum, byte) => (sum * 31 + byte) % 251, 7));
        context.fillStyle = '#808080';
        context.fillRect(0, 0, width, height);
        bytes.forEach((byte, n) => {
          for (let bit = 0; bit < 8; bit += 1) {
            const place = n * 8 + bit;
            context.fillStyle = (byte >> (7 - bit)) & 1 ? '#fff' : '#000';
            const [x, y] = [(place % columns) * field, Math.floor(place / columns) * field];
            context.fillRect(x, y, field, field);
          }
        });
        context.fillStyle = '#ccc';
        context.fillRect(0, height / 2, Math.floor(at / 10) % width, height / 2);
      };
      draw();
      setInterval(draw, 1_000 / rate);
      const [picture] = canvas.captureStream(rate).getVideoTracks();
      navigator.mediaDevices.getUserMedia = (wanted) => {
        const tracks: MediaStreamTrack[] = [];
        if (wanted?.video && picture) tracks.push(picture.clone());
        if (wanted?.audio) {
          const audio = new AudioContext();
          const tone = new OscillatorNode(audio, { frequency: 440 });
          const out = audio.createMediaStreamDestination();
          tone.connect(out);
          tone.start();
          tracks.push(...out.stream.getAudioTracks());
        }
        return Promise.resolve(new MediaStream(tracks));
      };
    },
    { width: WIDTH, height: HEIGHT, field: FIELD, columns: COLUMNS, rate: RATE },
  );
}

/**
 * How long ago the picture on the screen was made, in milliseconds; null where
 * its fields do not add up.
 */
export async function ageOfPicture(video: Locator): Promise<number | null> {
  const read = await video.evaluate(
    (element: HTMLVideoElement, { width, height, field, columns, bytes }) => {
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (!context) throw new Error('no canvas');
      context.drawImage(element, 0, 0, width, height);
      const now = Date.now();
      const read: number[] = [];
      for (let n = 0; n < bytes; n += 1) {
        let byte = 0;
        for (let bit = 0; bit < 8; bit += 1) {
          const place = n * 8 + bit;
          const x = (place % columns) * field + field / 2;
          const y = Math.floor(place / columns) * field + field / 2;
          const [red = 0] = context.getImageData(x, y, 1, 1).data;
          byte = byte * 2 + (red > 128 ? 1 : 0);
        }
        read.push(byte);
      }
      return { now, read };
    },
    { width: WIDTH, height: HEIGHT, field: FIELD, columns: COLUMNS, bytes: BYTES },
  );
  const time = read.read.slice(0, BYTES - 1);
  if (checksum(time) !== read.read[BYTES - 1]) return null;
  const made = time.reduce((sum, byte) => sum * 256 + byte, 0);
  return (read.now % 256 ** (BYTES - 1)) - made;
}
