/** What is sent where there is nothing to send: the broadcast goes on, dark or silent. */

const DARK_EVERY_MS = 500;

export function silence(): MediaStreamTrack {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  // A source that plays nothing: without one, some browsers send no packets.
  const source = new ConstantSourceNode(context, { offset: 0 });
  source.connect(out);
  source.start();
  void context.resume();
  return trackOf(out.stream);
}

export function darkness(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext('2d');
  const paint = () => context?.fillRect(0, 0, canvas.width, canvas.height);
  paint();
  // Only a canvas that is drawn on has pictures.
  setInterval(paint, DARK_EVERY_MS);
  return trackOf(canvas.captureStream());
}

function trackOf(stream: MediaStream): MediaStreamTrack {
  const [track] = stream.getTracks();
  if (!track) throw new Error('a filler without a track');
  return track;
}
