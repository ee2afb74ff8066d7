// The adapter that a run has trained so far, from its newest checkpoint. Tool process.
import type { AdapterArgument } from '../../../contracts/tool-protocol.ts';
import type { NativeAdapterSpec } from '../../../native/binding/index.d.ts';
import { readNewestCheckpoint } from '../checkpoint.ts';
import { BadInputError } from '../bad-input.ts';
import { adapterSpec } from '../settings.ts';

export type RunReference = Exclude<AdapterArgument, string>;

/** Throws BadInputError where the run trains nothing or has not come to its first checkpoint. */
export async function readRunAdapter({
  runId,
  runFolder,
  config,
}: RunReference): Promise<{ spec: NativeAdapterSpec; params: Float32Array }> {
  const spec = adapterSpec(config.adapter);
  if (!spec) throw new BadInputError(`Run ${runId} trains no adapter (adapter.kind is none); give a run that does.`);
  const checkpoint = await readNewestCheckpoint(runFolder);
  if (!checkpoint) throw new BadInputError(`Run ${runId} has no checkpoint yet; wait for its first step.`);
  return { spec, params: checkpoint.params };
}
