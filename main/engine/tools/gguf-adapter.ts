// Writes an adapter as the LoRA GGUF that stock llama.cpp loads (format: ggml/docs/gguf.md, version 3). Tool process.
import { aligned, padding, text, uint32, uint64 } from '../../core/gguf-fields.ts';
import { floatBytes, writeWhole } from './safetensors.ts';
import { updateFactor } from './stored-adapter.ts';
import type { StoredAdapter } from './stored-adapter.ts';

const MAGIC = 'GGUF';
const VERSION = 3;
const TYPE_FLOAT32 = 6;
const TYPE_STRING = 8;
const GGML_TYPE_F32 = 0;

interface GgufTensor {
  name: string;
  /** ggml order, innermost first. */
  ne: number[];
  data: Float32Array;
}

/** ΔW of every module as rank-r factors, rows as in the model's GGUF; alpha / rank is the scale. */
export async function writeGgufAdapter(path: string, adapter: StoredAdapter): Promise<void> {
  const { spec, model } = adapter.metadata;
  const isLora = spec.kind === 'lora';
  const tensors = adapter.modules.flatMap((module): GgufTensor[] => [
    { name: `${module.name}.weight.lora_a`, ne: module.a.shape.toReversed(), data: module.a.data },
    {
      name: `${module.name}.weight.lora_b`,
      ne: module.b.shape.toReversed(),
      data: isLora ? module.b.data : updateFactor(adapter, module),
    },
  ]);
  const entries: [string, string | number][] = [
    ['general.type', 'adapter'],
    ['general.architecture', model.family],
    ['general.name', `${spec.kind} adapter of ${model.name}`],
    ['adapter.type', 'lora'],
    ['adapter.lora.alpha', isLora ? spec.alpha : spec.rank],
  ];
  await writeWhole(path, encodeGguf(entries, tensors));
}

/** Numbers are written as float32. */
function encodeGguf(entries: [string, string | number][], tensors: GgufTensor[]): Buffer {
  const parts = [Buffer.from(MAGIC), uint32(VERSION), uint64(tensors.length), uint64(entries.length)];
  for (const [key, value] of entries) {
    parts.push(text(key));
    if (typeof value === 'string') parts.push(uint32(TYPE_STRING), text(value));
    else parts.push(uint32(TYPE_FLOAT32), floatBytes(Float32Array.of(value)));
  }
  let offset = 0;
  for (const { name, ne, data } of tensors) {
    parts.push(text(name), uint32(ne.length), ...ne.map(uint64), uint32(GGML_TYPE_F32), uint64(offset));
    offset = aligned(offset + data.length * 4);
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([padded(header), ...tensors.map(({ data }) => padded(floatBytes(data)))]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, padding(bytes.length)]);
}
