/** How loud the microphone is. Nothing of it is played. */

/** Sixty decibels below the loudest there is: a room in which nobody speaks. */
const FLOOR_DB = -60;
const SILENT_AFTER_MS = 3_000;
const MEASURE_EVERY_MS = 70;

/** Root mean square of samples between -1 and 1. */
export function rms(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}

/** From 0, nothing, to 1, the loudest there is; even steps sound even. */
export function level(samples: Float32Array): number {
  const decibels = 20 * Math.log10(rms(samples));
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

/** Tells with each level whether there has been no sound for a while. `now` in milliseconds. */
export function silenceWatch(now: number): (level: number, now: number) => boolean {
  let heard = now;
  return (level, now) => {
    if (level > 0) heard = now;
    return now - heard >= SILENT_AFTER_MS;
  };
}

/** Measures until stopped. */
export function listen(track: MediaStreamTrack, onlevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  void context.resume();
  const samples = new Float32Array(analyser.fftSize);
  const measuring = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onlevel(level(samples));
  }, MEASURE_EVERY_MS);
  return () => {
    clearInterval(measuring);
    void context.close();
  };
}
