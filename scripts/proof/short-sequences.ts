// Exact numerics of a GPU on sequences of a few tokens, against the CPU: ggml's CUDA backend computes products of up to 16
// columns otherwise than larger ones, and the golden sequences have 22 tokens and more.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GradLine } from '../../contracts/tool-protocol.ts';
import { grad } from '../../main/engine/tools/grad.ts';
import { compare, GOLDEN_FOLDER, readManifest, relativeError } from '../../test/golden/golden-data.ts';
import { goldenSession, SILENT } from './golden.ts';
import type { Claim } from './report.ts';
import { Quantities } from './report.ts';

/** Around 16 columns, and whole multiples of 32, where sums over the tokens are rows that ggml's own kernel takes. */
const LENGTHS = [4, 8, 12, 16, 17, 32, 64];

export async function proveShortSequences(scratch: string): Promise<Claim> {
  const { cases, tolerances } = readManifest();
  const quantities = new Quantities();
  const models = cases.filter(({ type }) => type === 'F32');
  let count = 0;
  for (const { name: model, adapters } of models) {
    const wanted = ['tinylora', 'lora'].flatMap((type) => adapters.findLast((adapter) => adapter.type === type) ?? []);
    for (const { name } of wanted) {
      const inputPath = join(scratch, 'short.jsonl');
      writeFileSync(inputPath, shortLines(join(GOLDEN_FOLDER, model, `${name}.grad.jsonl`)));
      const adapter = join(GOLDEN_FOLDER, model, name);
      const linesOn = async (device: 'gpu' | 'cpu'): Promise<GradLine[]> => {
        const session = goldenSession(model, scratch, 'exact', device);
        return (await grad({ session, adapter, inputPath, temperature: 1, check: false }, SILENT)).lines;
      };
      const onGpu = await linesOn('gpu');
      const onCpu = await linesOn('cpu');
      for (const [index, length] of LENGTHS.entries()) {
        noteLine(onGpu[index], onCpu[index], tolerances.exact, quantities, `${model}/${name}, ${length} tokens`);
        count += 1;
      }
    }
  }
  return quantities.claim(
    `grad, GPU against CPU, exact, F32: ${count} sequences of ${LENGTHS[0]} to ${LENGTHS.at(-1)} tokens`,
  );
}

/** The first golden sequence of an adapter, cut or repeated to each length. */
function shortLines(path: string): string {
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  const { tokens, weights } = JSON.parse(line) as { tokens: number[]; weights: (number | null)[] };
  return LENGTHS.map((length) => {
    const places = Array.from({ length }, (_, index) => index % tokens.length);
    // Golden weights are 0 at some tokens, and so might be all of a few.
    return JSON.stringify({
      tokens: places.map((place) => tokens[place]),
      weights: places.map((place, index) => (index === 0 ? null : 0.5 + (weights[place] ?? 0))),
    });
  }).join('\n');
}

function noteLine(
  actual: GradLine | undefined,
  expected: GradLine | undefined,
  bounds: { logprob: number; grad: number },
  into: Quantities,
  where: string,
): void {
  into.note('log-prob', compare(actual?.logprobs ?? [], expected?.logprobs ?? []).max, bounds.logprob, where);
  into.note('gradient', relativeError(actual?.grad ?? [NaN], expected?.grad ?? [NaN]), bounds.grad, where);
}
