// From what a user types (`hf:…`, an https address) to the web address of one .gguf file. Runs in the library process.
import { z } from 'zod';

const DEFAULT_HUB = 'https://huggingface.co/';
const Manifest = z.object({ ggufFile: z.object({ rfilename: z.string().min(1) }) });

export class HubAddressError extends Error {
  readonly isTransient: boolean;

  constructor(message: string, isTransient = false) {
    super(message);
    this.name = 'HubAddressError';
    this.isTransient = isTransient;
  }
}

export interface ResolvedAddress {
  url: string;
  fileName: string;
}

/** MODEL_ENDPOINT or HF_ENDPOINT, as llama.cpp reads them, for mirrors. */
function hub(environment: NodeJS.ProcessEnv): string {
  const address = environment['MODEL_ENDPOINT'] ?? environment['HF_ENDPOINT'] ?? DEFAULT_HUB;
  return address.endsWith('/') ? address : `${address}/`;
}

/**
 * `hf:USER/MODEL/PATH.gguf`, with `#REVISION` where not main; `hf:USER/MODEL:QUANT`, whose file the hub names; or an
 * http(s) address. Throws HubAddressError that says what an address looks like.
 */
export async function resolveAddress(
  address: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ResolvedAddress> {
  const url = address.startsWith('hf:') ? await hubUrl(address.slice('hf:'.length), environment) : webUrl(address);
  const fileName = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
  if (!/^[^/\\\0]+\.gguf$/i.test(fileName) || fileName.startsWith('.')) {
    throw new HubAddressError(`${address} does not name a .gguf file. ${EXAMPLES}`);
  }
  if (/-\d{5}-of-\d{5}\.gguf$/i.test(fileName)) {
    throw new HubAddressError(
      `${fileName} is one part of a split model, which cannot be trained. Choose a model in one file.`,
    );
  }
  return { url: url.href, fileName };
}

const EXAMPLES = 'Give hf:USER/MODEL/FILE.gguf, hf:USER/MODEL:QUANT or https://…/FILE.gguf.';

function webUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new HubAddressError(`${address} is no address of a model. ${EXAMPLES}`);
  }
  // A hub's page about a file, as copied from the browser's address bar.
  url.pathname = url.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/');
  return url;
}

async function hubUrl(name: string, environment: NodeJS.ProcessEnv): Promise<URL> {
  const [place = '', revision = 'main'] = name.split('#');
  const [user, model, ...path] = place.split('/');
  if (user === undefined || user === '' || model === undefined || model === '') {
    throw new HubAddressError(`hf:${name} is no address of a model. ${EXAMPLES}`);
  }
  const [repository = '', quantisation] = model.split(':');
  const file = path.length > 0 ? path.join('/') : await manifestFile(user, repository, quantisation, environment);
  const encoded = file.split('/').map(encodeURIComponent).join('/');
  return new URL(`${user}/${repository}/resolve/${encodeURIComponent(revision)}/${encoded}`, hub(environment));
}

/** The hub chooses the file of a repository's weight type, as it does for llama.cpp. */
async function manifestFile(
  user: string,
  repository: string,
  quantisation: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const url = new URL(`v2/${user}/${repository}/manifests/${quantisation ?? 'latest'}`, hub(environment));
  // The hub answers this path for this name alone.
  const response = await fetch(url, { headers: { 'user-agent': 'llama-cpp', accept: 'application/json' } }).catch(
    () => null,
  );
  if (response === null) throw new HubAddressError(`${url.host} cannot be reached.`, true);
  if (response.status >= 500) throw new HubAddressError(`${url.host} answers ${response.status}.`, true);
  const manifest = Manifest.safeParse(response.ok ? await response.json().catch(() => null) : null);
  if (!manifest.success) {
    throw new HubAddressError(
      `${user}/${repository} has no file of the type ${quantisation ?? 'asked for'}. ${EXAMPLES}`,
    );
  }
  return manifest.data.ggufFile.rfilename;
}
