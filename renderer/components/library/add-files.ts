// Adding models and data sets: linked by path in the desktop app, sent to the host from a browser. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { showToast } from '../../app/toasts.ts';
import { reported } from '../../app/reported.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { upload } from './uploads.ts';
import type { UploadKind } from './uploads.ts';

export interface FileAdder {
  /** Files that were dropped or chosen in a browser; recipes open the form of a new sweep. */
  addFiles: (files: readonly File[]) => Promise<void>;
  /** Asks for files, natively where there is a desktop, and adds them. */
  chooseFiles: (kind: UploadKind) => Promise<void>;
}

/** What the address of a new sweep carries along, out of sight, where a recipe was dropped. */
export interface DroppedRecipe {
  dropped: { name: string; text: string };
}

const ACCEPTED: Record<UploadKind, string> = { models: '.gguf', data: '.jsonl' };
/** Recipes larger than this are none. */
const LARGEST_RECIPE_BYTES = 500_000;

export function fileKind(name: string): UploadKind | 'recipe' | null {
  if (/\.gguf$/i.test(name)) return 'models';
  if (/\.jsonl$/i.test(name)) return 'data';
  return /\.ya?ml$/i.test(name) ? 'recipe' : null;
}

export function useFileAdder(): FileAdder {
  const connection = useHostConnection();
  const navigate = useNavigate();
  const { t } = useTranslation('models');
  return useMemo(() => {
    const link = async (kind: UploadKind, path: string) => {
      if (kind === 'models') await connection.call('addModel', { path });
      else await connection.call('addDataSet', { path });
      showToast(t('added', { name: path.replace(/^.*[/\\]/, '') }));
    };
    const openRecipe = async (file: File) => {
      if (file.size > LARGEST_RECIPE_BYTES) showToast(t('dropUnknown', { name: file.name }), { tone: 'failure' });
      else {
        const state: DroppedRecipe = { dropped: { name: file.name, text: await file.text() } };
        await navigate('/sweeps/new?view=yaml', { state });
      }
    };
    const add = async (file: File) => {
      const kind = fileKind(file.name);
      if (kind === null) {
        showToast(t('dropUnknown', { name: file.name }), { tone: 'failure' });
        return;
      }
      if (kind === 'recipe') {
        await openRecipe(file);
        return;
      }
      const path = window.desktop?.pathOfFile(file) ?? '';
      if (path !== '') await link(kind, path);
      else if (await upload(kind, file, t('transfers.connectionBroke'))) showToast(t('added', { name: file.name }));
    };
    const addFiles = async (files: readonly File[]) => {
      for (const file of files) await reported(add)(file);
    };
    return {
      addFiles,
      chooseFiles: reported(async (kind: UploadKind) => {
        if (window.desktop === undefined) {
          await addFiles(await browserFiles(ACCEPTED[kind]));
          return;
        }
        const paths = await window.desktop.chooseFiles(kind === 'models' ? 'model' : 'data');
        for (const path of paths) await reported(link)(kind, path);
      }),
    };
  }, [connection, navigate, t]);
}

/** The browser's own dialog; none where the user cancels. */
function browserFiles(accept: string): Promise<File[]> {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.accept = accept;
  return new Promise((resolve) => {
    input.addEventListener('change', () => resolve([...(input.files ?? [])]));
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}
