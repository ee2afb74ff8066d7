// Files on their way from a browser to the host, with progress. Runs in the renderer.
import { create } from 'zustand';
import { AppError } from '../../../contracts/app-error.ts';
import { ModelEntry } from '../../../contracts/library.ts';
import { hostEndpoint } from '../../connection/host-address.ts';

export type UploadKind = 'models' | 'data';

export interface Upload {
  id: number;
  kind: UploadKind;
  file: File;
  sentBytes: number;
  /** Why it ended without being added; null while it goes on. */
  failure: string | null;
  stop: () => void;
}

interface UploadState {
  uploads: readonly Upload[];
}

export const useUploads = create<UploadState>(() => ({ uploads: [] }));

let nextId = 0;
const Answer = ModelEntry.pick({ id: true }).loose();

/**
 * Sends a file; its row shows how far it is and stays after a failure.
 * @returns whether it was added; false where the user stopped it or it failed
 */
export async function upload(kind: UploadKind, file: File, connectionBroke: string): Promise<boolean> {
  const id = nextId++;
  const request = new XMLHttpRequest();
  const change = (values: Partial<Upload>) =>
    useUploads.setState(({ uploads }) => ({
      uploads: uploads.map((one) => (one.id === id ? { ...one, ...values } : one)),
    }));
  const started: Upload = {
    id,
    kind,
    file,
    sentBytes: 0,
    failure: null,
    stop: () => request.abort(),
  };
  useUploads.setState(({ uploads }) => ({ uploads: [...uploads, started] }));
  try {
    const isWhole = await send(request, kind, file, connectionBroke, (sentBytes) => change({ sentBytes }));
    dismissUpload(id);
    return isWhole;
  } catch (error) {
    change({ failure: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

/** Takes a row away. */
export function dismissUpload(id: number): void {
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((one) => one.id !== id) }));
}

/** Resolves with false where the user stopped it. */
async function send(
  request: XMLHttpRequest,
  kind: UploadKind,
  file: File,
  connectionBroke: string,
  onProgress: (sentBytes: number) => void,
): Promise<boolean> {
  const endpoint = await hostEndpoint();
  if (endpoint === null) throw new AppError('INTERNAL', connectionBroke);
  const address = new URL(
    `/upload/${kind}/${encodeURIComponent(file.name)}`,
    endpoint.socketUrl.replace(/^ws/, 'http'),
  );
  return new Promise((resolve, reject) => {
    request.open('PUT', address);
    request.setRequestHeader('authorization', `Bearer ${endpoint.token}`);
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded));
    request.addEventListener('abort', () => resolve(false));
    request.addEventListener('error', () => reject(new AppError('INTERNAL', connectionBroke)));
    request.addEventListener('load', () => {
      if (request.status === 201 && Answer.safeParse(JSON.parse(request.responseText)).success) resolve(true);
      else reject(new AppError('INTERNAL', refusal(request.responseText) ?? connectionBroke));
    });
    request.send(file);
  });
}

function refusal(body: string): string | null {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : null;
  } catch {
    return null;
  }
}
