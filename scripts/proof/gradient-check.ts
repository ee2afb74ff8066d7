// `grad --check` in exact mode on every family: finite differences against the gradient.
import { join } from 'node:path';
import type { GradCheck } from '../../contracts/tool-protocol.ts';
import { grad } from '../../main/engine/tools/grad.ts';
import { GOLDEN_FOLDER } from '../../test/golden/golden-data.ts';
import { goldenSession, SILENT } from './golden.ts';
import type { Claim } from './report.ts';
import { atMost, reported, short } from './report.ts';

const MODELS = ['llama-rope-scaled', 'qwen2-untied', 'qwen3'];
const SMALL_ADAPTERS = ['tiny-tied', 'tiny-untied', 'tiny-all', 'xs'];
const LARGE_ADAPTERS = ['lora-r4', 'full'];
const BOUND = 1e-3;

export async function proveGradientChecks(scratch: string): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const model of MODELS) {
    let worst = 0;
    let count = 0;
    for (const adapter of SMALL_ADAPTERS) {
      const { coordinates } = await check(model, adapter, scratch);
      worst = Math.max(worst, coordinates.worstError);
      count += coordinates.checked;
    }
    claims.push(atMost(`grad --check, ${model}: all ${count} coordinates of TinyLoRA and LoRA-XS`, worst, BOUND));
    for (const adapter of LARGE_ADAPTERS) {
      const { coordinates, directions } = await check(model, adapter, scratch);
      const name = adapter === 'full' ? 'full fine-tuning' : 'LoRA';
      const claim = `grad --check, ${model}: ${directions?.checked ?? 0} directions of ${name}`;
      claims.push(atMost(claim, directions?.worstError ?? Infinity, BOUND));
      claims.push(
        reported(
          `grad --check, ${model}: ${coordinates.checked} coordinates of ${name}`,
          short(coordinates.worstError),
        ),
      );
    }
  }
  return claims;
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
