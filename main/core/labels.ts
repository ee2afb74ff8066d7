// Short names of adapters, for tables and the front. Runs in the host.
import type { AdapterConfig } from '../../contracts/run-config.ts';

/** E.g. `TinyLoRA r 2, u 1, tiled 16`. */
export function describeAdapter(adapter: AdapterConfig): string {
  switch (adapter.kind) {
    case 'tinylora': {
      const tying = adapter.tying === 'all' ? 'all tied' : `${adapter.tying} ${adapter.nTie}`;
      return `TinyLoRA r ${adapter.rank}, u ${adapter.u}, ${tying}`;
    }
    case 'lora-xs':
      return `LoRA-XS r ${adapter.rank}`;
    case 'lora':
      return `LoRA r ${adapter.rank}`;
    case 'full':
      return 'full fine-tuning';
    case 'none':
      return 'untrained';
  }
}
