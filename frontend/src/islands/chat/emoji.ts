/**
 * Emoji that are offered, with the words by which they are found. Others, made
 * elsewhere, are shown all the same. Pure.
 */
export interface Emoji {
  emoji: string;
  /** What stands between colons to write it. */
  code: string;
  /** Further words, per language of ours. */
  en: string;
  de: string;
}

const TABLE: [string, string, string, string][] = [
  ['👍', '+1', 'thumbs up yes good agree', 'daumen hoch ja gut'],
  ['❤️', 'heart', 'love red', 'herz liebe rot'],
  ['😂', 'joy', 'laugh tears funny', 'lachen tränen lustig'],
  ['🎉', 'tada', 'party celebrate congratulations', 'feier glückwunsch konfetti'],
  ['👏', 'clap', 'applause bravo', 'klatschen applaus'],
  ['🤔', 'thinking', 'hmm wonder', 'denken nachdenken hm'],
  ['🙏', 'pray', 'thanks please', 'danke bitte'],
  ['🔥', 'fire', 'hot great', 'feuer heiß'],
  ['🚀', 'rocket', 'launch ship fast', 'rakete start schnell'],
  ['💯', '100', 'hundred perfect', 'hundert perfekt'],
  ['✅', 'check', 'done yes ok', 'haken fertig erledigt'],
  ['👀', 'eyes', 'look see', 'augen schauen sehen'],
  ['🙌', 'raised_hands', 'hooray praise', 'hurra hände'],
  ['💡', 'bulb', 'idea light', 'idee glühbirne licht'],
  ['😀', 'grinning', 'happy smile', 'froh lächeln grinsen'],
  ['😊', 'blush', 'happy smile', 'froh lächeln'],
  ['😍', 'heart_eyes', 'love', 'liebe verliebt'],
  ['🥳', 'partying', 'party celebrate birthday', 'feier geburtstag'],
  ['😎', 'sunglasses', 'cool sun', 'cool sonne sonnenbrille'],
  ['🤩', 'star_struck', 'wow amazing', 'wow toll sterne'],
  ['😮', 'open_mouth', 'wow surprise', 'staunen überrascht'],
  ['😢', 'cry', 'sad tear', 'traurig weinen'],
  ['🤯', 'exploding_head', 'mind blown', 'kopf explodiert'],
  ['😅', 'sweat_smile', 'phew nervous', 'puh schwitzen'],
  ['🤗', 'hugs', 'hug', 'umarmung umarmen'],
  ['🫡', 'salute', 'yes sir', 'salut jawohl'],
  ['🙂', 'slight_smile', 'smile ok', 'lächeln'],
  ['😴', 'sleeping', 'tired night', 'müde schlafen nacht'],
  ['😬', 'grimacing', 'awkward', 'peinlich grimasse'],
  ['🤝', 'handshake', 'deal agree', 'handschlag einig'],
  ['👋', 'wave', 'hello bye hi', 'hallo winken tschüss'],
  ['✋', 'hand', 'stop raise question', 'hand melden frage'],
  ['👌', 'ok_hand', 'ok fine', 'ok gut'],
  ['🤞', 'crossed_fingers', 'luck hope', 'daumen drücken glück'],
  ['💪', 'muscle', 'strong', 'stark muskel'],
  ['🧠', 'brain', 'smart think', 'gehirn klug'],
  ['☕', 'coffee', 'tea break', 'kaffee tee pause'],
  ['🍕', 'pizza', 'lunch food', 'essen mittag'],
  ['🌈', 'rainbow', 'pride', 'regenbogen'],
  ['⭐', 'star', 'favourite', 'stern'],
  ['🐛', 'bug', 'insect error', 'käfer fehler'],
  ['🦀', 'crab', 'rust', 'krabbe krebs rost'],
  ['🐧', 'penguin', 'linux', 'pinguin'],
  ['🐳', 'whale', 'docker', 'wal'],
  ['⚡', 'zap', 'lightning fast', 'blitz schnell strom'],
  ['❓', 'question', 'ask why', 'frage warum'],
];

export const EMOJI: Emoji[] = TABLE.map(([emoji, code, en, de]) => ({ emoji, code, en, de }));

/** Those offered first. */
export const COMMON = EMOJI.slice(0, 6);

/** Emoji whose code or words begin with what was typed; codes first. */
export function find(typed: string, lang: string): Emoji[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return EMOJI;
  const byCode = EMOJI.filter((one) => one.code.startsWith(wanted));
  const words = (one: Emoji) => `${one.code.replace(/_/g, ' ')} ${lang === 'de' ? one.de : one.en}`;
  const byWord = EMOJI.filter(
    (one) =>
      !byCode.includes(one) &&
      words(one)
        .split(' ')
        .some((word) => word.startsWith(wanted)),
  );
  return [...byCode, ...byWord];
}

/** What a reader calls an emoji: its first word in their language. */
export function nameOf(one: Emoji, lang: string): string {
  return lang === 'de' ? (one.de.split(' ')[0] ?? one.code) : one.code.replace(/_/g, ' ');
}
