import { expect, test } from 'vitest';
import { choice, saving, variantsIn } from './variants.ts';

const LIST = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-STREAM-INF:BANDWIDTH=3500000,AVERAGE-BANDWIDTH=3000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720
live.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2"
audio-live.m3u8
`;

test('each variant is read with its rate', () => {
  expect(variantsIn(LIST)).toEqual([
    { uri: 'live.m3u8', bandwidth: 3_000_000, pictures: true },
    { uri: 'audio-live.m3u8', bandwidth: 128_000, pictures: false },
  ]);
  expect(variantsIn('#EXT-X-STREAM-INF:BANDWIDTH=7\na.m3u8')).toEqual([
    { uri: 'a.m3u8', bandwidth: 7, pictures: false },
  ]);
});

test('a list of something else has none', () => {
  for (const text of ['', '<!doctype html>', '#EXTM3U\n#EXTINF:2,\na.m4s', '#EXT-X-STREAM-INF:'])
    expect(variantsIn(text)).toEqual([]);
});

test('what sound alone saves is told to two digits', () => {
  // 2,872 kbit/s are 1,292.4 MB an hour.
  expect(saving(variantsIn(LIST))).toBe(1_300);
});

test('where there is one form there is nothing to choose', () => {
  const [source, sound] = variantsIn(LIST);
  for (const variants of [[], [source], [sound]] as never[]) {
    expect(choice(variants)).toBeNull();
    expect(saving(variants)).toBeNull();
  }
});

test('a saving of nothing is not claimed', () => {
  const pictures = { uri: 'a', bandwidth: 128_000, pictures: true };
  expect(saving([pictures, { ...pictures, uri: 'b', pictures: false }])).toBeNull();
});
