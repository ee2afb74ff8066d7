// Copying to the clipboard, with a word about it. Runs in the renderer.
import i18next from 'i18next';
import { errorMessage } from '../../contracts/app-error.ts';
import { showToast } from './toasts.ts';

/** Copies `text` and says `done`. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast(done);
  } catch (error) {
    showToast(errorMessage(error), { tone: 'failure' });
  }
}

/** Copies a link that restores this view: a web address in a browser, `tinylora://` in the desktop app. */
export async function copyLink(): Promise<void> {
  const { origin, pathname, search } = window.location;
  const link = window.desktop === undefined ? origin + pathname + search : `tinylora:/${pathname}${search}`;
  await copyText(link, i18next.t('linkCopied'));
}
