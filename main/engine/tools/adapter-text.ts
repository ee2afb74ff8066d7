// An adapter as one line that can be pasted: `tinylora1:…`. Pure; engine and tool processes.
//
// tinylora1:KEY=VALUE,…:model=HASH:bases=FINGERPRINT:v=NUMBERS:check=SUM
// NUMBERS are little-endian float32 in base64url; SUM is the start of the SHA-256 of all that stands before it.
import { createHash } from 'node:crypto';
import { AdapterConfig } from '../../../contracts/run-config.ts';
import { BadInputError } from '../bad-input.ts';
import { floatBytes } from './safetensors.ts';

export const TEXT_PREFIX = 'tinylora1:';
const CHECK_LENGTH = 8;
const MARK = ':check=';

export type TextSpec = Extract<AdapterConfig, { kind: 'tinylora' | 'lora-xs' }>;
export interface AdapterText {
  spec: TextSpec;
  modelHash: string;
  basesFingerprint: string;
  params: Float32Array;
}

/** Only adapters whose frozen part follows from model and configuration fit in a line. */
export function formatAdapterText({ spec, modelHash, basesFingerprint, params }: AdapterText): string {
  const configuration = Object.entries(spec).map(([key, value]) => `${key}=${formatValue(value)}`);
  const numbers = floatBytes(params).toString('base64url');
  const body = `${TEXT_PREFIX}${configuration.join(',')}:model=${modelHash}:bases=${basesFingerprint}:v=${numbers}`;
  return `${body}${MARK}${checksum(body)}`;
}

/** Throws BadInputError where the line is cut off, changed, or of a configuration that this version does not know. */
export function parseAdapterText(text: string): AdapterText {
  const line = text.trim();
  const mark = line.lastIndexOf(MARK);
  const body = line.slice(0, mark);
  if (mark < 0 || checksum(body) !== line.slice(mark + MARK.length)) {
    throw new BadInputError("The 'tinylora1:' line is cut off or was changed; copy the whole line again.");
  }
  const [configuration = '', ...rest] = body.slice(TEXT_PREFIX.length).split(':');
  const fields = new Map(rest.map((field) => splitAt(field, '=')));
  const spec = AdapterConfig.safeParse(
    Object.fromEntries(
      configuration
        .split(',')
        .map((field) => splitAt(field, '='))
        .map(([key, value]) => [key, parseValue(key, value)]),
    ),
  );
  const bytes = Buffer.from(fields.get('v') ?? '', 'base64url');
  if (!spec.success || (spec.data.kind !== 'tinylora' && spec.data.kind !== 'lora-xs') || bytes.length % 4 !== 0) {
    throw new BadInputError(
      "The 'tinylora1:' line has a configuration that this version does not know; update the program.",
    );
  }
  const params = Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
  return {
    spec: spec.data,
    modelHash: fields.get('model') ?? '',
    basesFingerprint: fields.get('bases') ?? '',
    params,
  };
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, CHECK_LENGTH);
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function formatValue(value: unknown): string {
  return Array.isArray(value) ? value.join('+') : String(value);
}

function parseValue(key: string, value: string): unknown {
  if (key === 'targets') return value === '' ? [] : value.split('+');
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
