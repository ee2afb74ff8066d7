// `grad --check` in exact mode on every golden model: finite differences against the gradient.
import { join } from 'node:path';
import type { GradCheck } from '../../contracts/tool-protocol.ts';
import { grad } from '../../main/engine/tools/grad.ts';
import { GOLDEN_FOLDER, readManifest } from '../../test/golden/golden-data.ts';
import type { GoldenCase } from '../../test/golden/golden-data.ts';
import { goldenSession, SILENT } from './golden.ts';
import type { Claim } from './report.ts';
import { atMost } from './report.ts';

const LARGE_ADAPTERS = ['lora-r4', 'full'];
const BOUND = 1e-3;

export async function proveGradientChecks(scratch: string): Promise<Claim[]> {
  const { cases } = readManifest();
  const claims: Claim[] = [];
  for (const model of cases.filter(({ type }) => type === 'F32')) {
    claims.push(await checkSmall(`${model.name}: all coordinates of TinyLoRA and LoRA-XS`, [model], scratch));
    for (const adapter of LARGE_ADAPTERS) {
      const { coordinates, directions } = await check(model.name, adapter, scratch);
      const of = `of ${adapter === 'full' ? 'full fine-tuning' : 'LoRA'}`;
      const claim = (what: string, error: number): Claim =>
        atMost(`grad --check, ${model.name}: ${what} ${of}`, error, BOUND);
      claims.push(claim(`${directions?.checked ?? 0} directions`, directions?.worstError ?? Infinity));
      claims.push(claim(`${coordinates.checked} coordinates`, coordinates.worstError));
    }
  }
  const others = cases.filter(({ type }) => type !== 'F32');
  claims.push(
    await checkSmall(`${others.map(({ type }) => type).join(', ')}: all coordinates of TinyLoRA`, others, scratch),
  );
  return claims;
}

/** Every number of every TinyLoRA and LoRA-XS of the models. */
async function checkSmall(claim: string, models: readonly GoldenCase[], scratch: string): Promise<Claim> {
  let worst = 0;
  let count = 0;
  for (const { name, adapters } of models) {
    for (const adapter of adapters.filter(({ type }) => type === 'tinylora')) {
      const { coordinates } = await check(name, adapter.name, scratch);
      worst = Math.max(worst, coordinates.worstError);
      count += coordinates.checked;
    }
  }
  return atMost(`grad --check, ${claim} (${count})`, worst, BOUND);
}

async function check(model: string, adapter: string, scratch: string): Promise<GradCheck> {
  const folder = join(GOLDEN_FOLDER, model);
  // The weighted tokens of any adapter's file will do for all weights.
  const input = adapter === 'full' ? 'tiny-tied' : adapter;
  const args = {
    session: goldenSession(model, scratch, 'exact'),
    adapter: adapter === 'full' ? 'full' : join(folder, adapter),
    inputPath: join(folder, `${input}.grad.jsonl`),
    temperature: 1,
    check: true,
  };
  const result = await grad(args, SILENT);
  if (!result.check) throw new Error('The gradient was not checked.');
  return result.check;
}
