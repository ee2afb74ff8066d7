// The machine under the studio: devices, memory, disk, backups. Used by the host and clients.
import { z } from 'zod';

/** A number that can be unknown, with the reason why. */
const reason = z.string().nullable();

export const GpuStatus = z.strictObject({
  index: z.int(),
  name: z.string(),
  /** 0 to 1; null where the driver does not say. */
  utilisation: z.number().nullable(),
  memoryUsedBytes: z.number().nullable(),
  memoryTotalBytes: z.number().nullable(),
  temperatureCelsius: z.number().nullable(),
});
export type GpuStatus = z.infer<typeof GpuStatus>;

export const StudioStatus = z.strictObject({
  atMs: z.number(),
  gpus: z.array(GpuStatus),
  /** Why no GPU is shown; null where one is. */
  gpuReason: reason,
  cpu: z.strictObject({
    cores: z.int(),
    /** Of all cores, 0 to 1, since the sample before; null at first. */
    utilisation: z.number().nullable(),
  }),
  memory: z.strictObject({ usedBytes: z.number(), totalBytes: z.number() }),
  disk: z.strictObject({ freeBytes: z.number(), totalBytes: z.number(), isLow: z.boolean() }),
  /** Whether the user agreed to compute on the CPU where the GPU cannot be used. */
  cpuAllowed: z.boolean(),
  /** Device that `engine.device: gpu` would use now. */
  device: z.enum(['gpu', 'cpu', 'none']),
});
export type StudioStatus = z.infer<typeof StudioStatus>;

/** One line of the doctor's list. */
export const DeviceReport = z.strictObject({
  name: z.string(),
  kind: z.enum(['cpu', 'gpu']),
  description: z.string(),
  usable: z.boolean(),
  /** It is listed, and a tiny computation on it is under way: for minutes at first use, where its driver compiles kernels. */
  isBeingTried: z.boolean(),
  memoryTotalBytes: z.number().nullable(),
  memoryFreeBytes: z.number().nullable(),
  /** Whether our own kernels for it were built; null where there are none. */
  hasOwnKernels: z.boolean().nullable(),
  /** Null where it is usable. */
  reason,
  remedy: reason,
});
export type DeviceReport = z.infer<typeof DeviceReport>;

export const Backup = z.strictObject({
  fileName: z.string(),
  path: z.string(),
  sizeBytes: z.number(),
  createdAtMs: z.number(),
});
export type Backup = z.infer<typeof Backup>;

export const DoctorReport = z.strictObject({
  checkedAtMs: z.number(),
  devices: z.array(DeviceReport),
  cpuAllowed: z.boolean(),
  versions: z.strictObject({ node: z.string(), platform: z.string(), addon: reason, llama: reason, ggml: reason }),
  /** Why the native part does not load; null where it does. */
  addonFailure: reason,
  store: z.strictObject({
    /** Null: whole. Else what SQLite's check found. */
    damage: reason,
    checkedAtMs: z.number().nullable(),
    lastBackup: Backup.nullable(),
  }),
  dataFolder: z.string(),
  /** What each probe printed, word for word. */
  probes: z.array(z.strictObject({ command: z.string(), output: z.string() })),
});
export type DoctorReport = z.infer<typeof DoctorReport>;
