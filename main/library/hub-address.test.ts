// What people type as the address of a model.
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { resolveAddress } from './hub-address.ts';

const resolve = (address: string, environment: NodeJS.ProcessEnv = {}) => resolveAddress(address, environment);

it.each([
  ['hf:some/Model-GGUF/Model.Q4_1.gguf', 'https://huggingface.co/some/Model-GGUF/resolve/main/Model.Q4_1.gguf'],
  ['hf:some/Model-GGUF/sub/a b.gguf#v2', 'https://huggingface.co/some/Model-GGUF/resolve/v2/sub/a%20b.gguf'],
  ['https://huggingface.co/some/Model/blob/main/m.gguf', 'https://huggingface.co/some/Model/resolve/main/m.gguf'],
  ['http://example.org/m.gguf?download=true', 'http://example.org/m.gguf?download=true'],
])('%s', async (address, url) => {
  expect(await resolve(address)).toMatchObject({ url });
});

it('goes to the mirror that the environment names', async () => {
  const { url } = await resolve('hf:some/model/m.gguf', { HF_ENDPOINT: 'https://mirror.example' });
  expect(url).toBe('https://mirror.example/some/model/resolve/main/m.gguf');
});

it('asks the hub for the file of a weight type', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    if (request.url?.endsWith('/Q4_0') !== true) response.writeHead(400).end();
    else response.end(JSON.stringify({ ggufFile: { rfilename: 'model.Q4_0.gguf' } }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const environment = { HF_ENDPOINT: `http://127.0.0.1:${port}` };
  expect(await resolve('hf:some/model:Q4_0', environment)).toMatchObject({ fileName: 'model.Q4_0.gguf' });
  await expect(resolve('hf:some/model:Q9', environment)).rejects.toThrow(/no file of the type Q9/);
  expect(asked).toEqual(['/v2/some/model/manifests/Q4_0', '/v2/some/model/manifests/Q9']);
  await new Promise((done) => server.close(done));
  await expect(resolve('hf:some/model:Q4_0', environment)).rejects.toMatchObject({ isTransient: true });
});

it.each([
  ['hf:model', /no address/],
  ['ftp://example.org/m.gguf', /no address/],
  ['https://example.org/model.bin', /does not name a \.gguf/],
  ['https://example.org/..%2Fm.gguf', /does not name a \.gguf/],
  ['https://example.org/m-00001-of-00003.gguf', /split model/],
])('%s is refused', async (address, message) => {
  await expect(resolve(address)).rejects.toThrow(message);
});
