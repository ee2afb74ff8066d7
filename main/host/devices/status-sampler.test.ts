// What nvidia-smi prints, read.
import { expect, it } from 'vitest';
import { parseGpuStatus } from './status-sampler.ts';

it('reads cards, and null for what a card does not tell', () => {
  const text = '0, NVIDIA H100 80GB HBM3, 87, 7270, 81559, 41\n1, NVIDIA A2, [N/A], 12, [Not Supported], [N/A]\n';
  expect(parseGpuStatus(text)).toEqual([
    {
      index: 0,
      name: 'NVIDIA H100 80GB HBM3',
      utilisation: 0.87,
      memoryUsedBytes: 7270 * 2 ** 20,
      memoryTotalBytes: 81559 * 2 ** 20,
      temperatureCelsius: 41,
    },
    {
      index: 1,
      name: 'NVIDIA A2',
      utilisation: null,
      memoryUsedBytes: 12 * 2 ** 20,
      memoryTotalBytes: null,
      temperatureCelsius: null,
    },
  ]);
  expect(parseGpuStatus('\n')).toEqual([]);
});
