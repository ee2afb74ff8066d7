// Short names of adapters, for tables and the front. Runs in the host.
import type { AdapterConfig, RunConfig } from '../../contracts/run-config.ts';
import { canonicalJson } from './canonical-json.ts';
import { leaves } from './dotted-paths.ts';

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

/** The label of a cell that was made from another by changing settings: the other's, and what differs. */
export function cellLabel(from: { label: string; config: RunConfig }, config: RunConfig): string {
  const before = leaves(from.config);
  const after = leaves(config);
  const isNews = (path: string): boolean => canonicalJson(before.get(path)) !== canonicalJson(after.get(path));
  const changed = [...after.keys()].filter((path) => path !== 'seed' && isNews(path));
  // The label says what the adapter is, where it was made from that.
  const isDescribed = from.label.startsWith(describeAdapter(from.config.adapter));
  const head = isDescribed
    ? from.label.replace(describeAdapter(from.config.adapter), describeAdapter(config.adapter))
    : from.label;
  const parts = head.split(', ');
  for (const path of changed.filter((changedPath) => !isDescribed || !changedPath.startsWith('adapter.'))) {
    const part = `${path} ${shownValue(after.get(path))}`;
    const known = parts.findIndex((text) => text.startsWith(`${path} `));
    parts.splice(known === -1 ? parts.length : known, 1, part);
  }
  return parts.join(', ');
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
