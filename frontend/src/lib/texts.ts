/**
 * The islands' words, from the Fluent files that the templates use too. Only
 * the page's language is loaded, and of it only the features asked for; where
 * a translation lacks a key, English stands in.
 */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

export type Arguments = Record<string, FluentVariable>;
/** The text of `key`, or the key itself where nobody wrote one. */
export type Texts = (key: string, args?: Arguments) => string;

export type Feature =
  | 'channels'
  | 'chat'
  | 'conduct'
  | 'desk'
  | 'events'
  | 'live'
  | 'moderation'
  | 'player'
  | 'schedule'
  | 'stages'
  | 'studio';

const FALLBACK = 'en';

const files = import.meta.glob<string>(
  '../../../locales/*/{channels,chat,conduct,desk,events,live,moderation,player,schedule,stages,studio}.ftl',
  {
    query: '?raw',
    import: 'default',
  },
);

async function source(lang: string, feature: Feature): Promise<string> {
  return (await files[`../../../locales/${lang}/${feature}.ftl`]?.()) ?? '';
}

/** Makes texts of Fluent sources; the first that has a key wins. */
export function textsOf(sources: { lang: string; ftl: string[] }[]): Texts {
  const bundles = sources.map(({ lang, ftl }) => {
    const bundle = new FluentBundle(lang);
    for (const text of ftl) bundle.addResource(new FluentResource(text));
    return bundle;
  });
  return (key, args) => {
    for (const bundle of bundles) {
      const pattern = bundle.getMessage(key)?.value;
      // Errors (a missing argument) still give a readable text: they are kept
      // out of the way of the reader and are found by the tests.
      if (pattern) return bundle.formatPattern(pattern, args ?? null, []);
    }
    return key;
  };
}

/** Loads the texts of some features in a language (BCP 47, as in `<html lang>`). */
export async function loadTexts(lang: string, features: Feature[]): Promise<Texts> {
  const langs = lang === FALLBACK ? [FALLBACK] : [lang, FALLBACK];
  return textsOf(
    await Promise.all(
      langs.map(async (lang) => ({
        lang,
        ftl: await Promise.all(features.map((feature) => source(lang, feature))),
      })),
    ),
  );
}
