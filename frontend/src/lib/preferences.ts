/**
 * Small choices kept in the browser. Storage may be full or forbidden; then a
 * choice simply lasts as long as the page.
 */
export function remember(storage: Storage, key: string, value: string | null): void {
  try {
    if (value === null) storage.removeItem(`hallway.${key}`);
    else storage.setItem(`hallway.${key}`, value);
  } catch {
    // Nothing is lost but the memory of a choice.
  }
}

export function recall(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(`hallway.${key}`);
  } catch {
    return null;
  }
}
