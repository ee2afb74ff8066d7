// Which modules of a model share their trained numbers. Pure; the engine's own grouping is the measure (native adapter).
import type { HostResult } from '../../contracts/host-protocol.ts';
import { ModuleType } from '../../contracts/run-config.ts';
import type { AdapterConfig } from '../../contracts/run-config.ts';
import type { GgufHeader } from './gguf-header.ts';
import { adaptedModules, parameterCount } from './parameter-count.ts';
import type { AdaptedModule } from './parameter-count.ts';

type TinyLora = Extract<AdapterConfig, { kind: 'tinylora' }>;

/** In order of execution: layer by layer, in a layer attention before feed-forward. */
function inExecutionOrder(modules: readonly AdaptedModule[]): AdaptedModule[] {
  const rank = ({ type }: AdaptedModule): number => ModuleType.options.indexOf(type);
  return [...modules].sort((left, right) => left.layer - right.layer || rank(left) - rank(right));
}

/** Paper §1, decision 4, for modules in order of execution. */
export function groupsOf(modules: readonly AdaptedModule[], { tying, nTie }: TinyLora): number[] {
  const count = Math.ceil(modules.length / nTie);
  const structured = new Map<string, number>();
  return modules.map(({ type, layer }, index) => {
    switch (tying) {
      case 'tiled':
        return Math.floor(index / nTie);
      case 'balanced':
        return Math.floor((index * count) / modules.length);
      case 'structured': {
        // Numbered by first appearance.
        const key = `${Math.floor(layer / nTie)} ${type}`;
        const group = structured.get(key) ?? structured.size;
        structured.set(key, group);
        return group;
      }
      case 'all':
        return 0;
    }
  });
}

/** @param where names the model in errors. Throws BAD_INPUT for a rank larger than a layer. */
export function adapterMap(
  header: Pick<GgufHeader, 'tensors'>,
  adapter: AdapterConfig,
  where: string,
): HostResult<'adapterMap'> {
  const layerCount = 1 + Math.max(-1, ...adaptedModules(header, []).map(({ layer }) => layer));
  const counted = { parameterCount: parameterCount(header, adapter, where), layerCount };
  if (adapter.kind !== 'tinylora') return { ...counted, modules: [], groupSizes: [] };
  const modules = inExecutionOrder(adaptedModules(header, adapter.targets));
  const groups = groupsOf(modules, adapter);
  const groupSizes: number[] = [];
  for (const group of groups) groupSizes[group] = (groupSizes[group] ?? 0) + 1;
  return {
    ...counted,
    modules: modules.map(({ layer, type }, index) => ({ layer, type, group: groups[index] ?? 0 })),
    groupSizes,
  };
}
