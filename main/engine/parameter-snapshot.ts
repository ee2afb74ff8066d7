// The trained numbers of a step as they are recorded: all of a small adapter, the largest of a big one. Runs in the engine process.
import type { ParameterSnapshot } from '../../contracts/engine-protocol.ts';
import type { AdapterInfo, Session } from '../../native/binding/index.d.ts';

/** Up to this many numbers (4 KiB a step) all are kept. */
const ALL_KEPT = 1024;
const LARGEST_KEPT = 200;
/** Beyond this many numbers copying them out of the session would cost noticeable time and memory at every step. */
const LOOKED_AT = 1 << 22;

/** Null where the adapter has too many numbers to look at. */
export function parameterSnapshot(
  session: Pick<Session, 'params'>,
  { parameterCount: total }: Pick<AdapterInfo, 'parameterCount'>,
): ParameterSnapshot | null {
  if (total > LOOKED_AT) return null;
  const numbers = session.params();
  if (total <= ALL_KEPT) return { total, indices: null, values: base64(numbers) };
  const indices = largest(numbers, LARGEST_KEPT);
  return { total, indices, values: base64(Float32Array.from(indices, (index) => numbers[index] ?? 0)) };
}

/** Indices of the `count` numbers of the largest magnitude, ascending; of equal ones the first. */
function largest(numbers: Float32Array, count: number): number[] {
  const threshold = numbers.map(Math.abs).sort()[numbers.length - count] ?? 0;
  const above: number[] = [];
  const equal: number[] = [];
  for (const [index, number] of numbers.entries()) {
    const magnitude = Math.abs(number);
    if (magnitude > threshold) above.push(index);
    else if (magnitude === threshold && equal.length < count) equal.push(index);
  }
  return [...above, ...equal.slice(0, count - above.length)].sort((left, right) => left - right);
}

function base64(numbers: Float32Array): string {
  const bytes = Buffer.alloc(numbers.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, number] of numbers.entries()) bytes.writeFloatLE(number, index * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString('base64');
}
